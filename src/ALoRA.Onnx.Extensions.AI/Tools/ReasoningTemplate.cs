using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Extensions.AI.Tools;

/// <summary>How a chat template has its model think before it answers, and where it wants what was thought. Immutable.</summary>
internal sealed class ReasoningTemplate(string template)
{
    private static readonly ReasoningMarks[] Known =
    [
        ReasoningMarks.Think, ReasoningMarks.MistralThink, new("<thinking>", "</thinking>"), new("<thought>", "</thought>"),
        new("<reasoning>", "</reasoning>"), new("<|START_THINKING|>", "<|END_THINKING|>"), new("<mm:think>", "</mm:think>"),
        new("<seed:think>", "</seed:think>"), new("<|channel>thought", "<channel|>"), new("<|inner_prefix|>", "<|inner_suffix|>"),
        new("◁think▷", "◁/think▷"),
    ];

    private readonly bool _hasContentKey = template.Contains("reasoning_content", StringComparison.Ordinal);
    private readonly bool _hasThinkingKey = template.Contains(".thinking", StringComparison.Ordinal);
    private readonly bool _hasThinkingBlocks = template.Contains("['thinking']", StringComparison.Ordinal);

    /// <summary>The marks that the template shows.</summary>
    public IReadOnlyList<ReasoningMarks> Marks { get; } =
        [.. Known.Where(marks => template.Contains(marks.Start, StringComparison.Ordinal))];

    /// <summary>The marks to look for where calls are read: what looks like a call within thoughts must not be carried out.</summary>
    public IReadOnlyList<ReasoningMarks> MarksBesideCalls => [.. Marks.Union([ReasoningMarks.Think, ReasoningMarks.MistralThink])];

    /// <summary>The marks that a prompt left open, so that the answer begins with thoughts; null if it left none open.</summary>
    public ReasoningMarks? OpenAtEnd(string prompt)
    {
        string end = prompt.TrimEnd();
        return Marks.FirstOrDefault(marks => end.EndsWith(marks.Start, StringComparison.Ordinal));
    }

    /// <summary>Puts thoughts into a message as the template reads them; templates that read none drop what was thought before.</summary>
    /// <param name="message">The message, with its content as a text.</param>
    /// <param name="reasoning">What was thought, not empty.</param>
    public void Add(JsonObject message, string reasoning)
    {
        if (_hasContentKey)
        {
            message["reasoning_content"] = reasoning;
        }
        else if (_hasThinkingKey)
        {
            message["thinking"] = reasoning;
        }
        else if (_hasThinkingBlocks)
        {
            message["content"] = new JsonArray(
                new JsonObject { ["type"] = "thinking", ["thinking"] = reasoning },
                new JsonObject { ["type"] = "text", ["text"] = message["content"]?.DeepClone() });
        }
    }
}
