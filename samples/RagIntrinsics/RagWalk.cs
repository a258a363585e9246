using System.Text.Json.Nodes;
using ALoRA.Onnx;

namespace RagIntrinsics;

/// <summary>
/// One question over documents: rewritten, checked, answered and judged, all on one KV cache.
/// Every step starts with what the steps before it have left there.
/// </summary>
internal sealed class RagWalk(Conversation conversation, IReadOnlyList<string> documents, CancellationToken cancellationToken)
{
    // The rewriter was trained to answer with this object; the constraint holds it to that.
    private static readonly InvocationOptions Rewriting = new()
    {
        Generation = new GenerationOptions
        {
            Constraint = TokenConstraint.FromJsonSchema(
                """
                {
                  "type": "object",
                  "properties": {"rewritten_question": {"type": "string", "minLength": 1}},
                  "required": ["rewritten_question"]
                }
                """),
            MaxNewTokens = 100,
        },
    };

    private readonly PromptOptions _judged = new() { AddGenerationPrompt = false, TemplateVariables = Variables(documents) };
    private readonly PromptOptions _answered = new() { TemplateVariables = Variables(documents) };
    private readonly List<WalkStep> _steps = [];

    /// <summary>What was done, in order.</summary>
    public IReadOnlyList<WalkStep> Steps => _steps;

    /// <summary>Answers the last message of a chat.</summary>
    public async Task<string> AnswerAsync(IReadOnlyList<PromptMessage> chat)
    {
        PromptMessage[] history = [.. chat.SkipLast(1)];
        string question = await RewriteAsync(chat);
        PromptMessage[] standalone = [.. history, new("user", question)];
        await CheckAsync(standalone);

        TokenUsage prompt = await conversation.PromptAsync(standalone, _answered, cancellationToken);
        GenerationResult answer = await conversation.GenerateToEndAsync(cancellationToken: cancellationToken);
        _steps.Add(WalkStep.Of("answer", answer.Text, prompt, answer.Usage));

        await JudgeAsync([.. standalone, new("assistant", answer.Text)]);
        return answer.Text;
    }

    // A follow-up such as "What about Mia?" means something only behind the chat; a question for documents has to stand for itself.
    private async Task<string> RewriteAsync(IReadOnlyList<PromptMessage> chat)
    {
        if (!Has("query_rewrite"))
        {
            return chat[^1].Content;
        }

        TokenUsage prompt = await conversation.PromptAsync(chat, _judged, cancellationToken);
        IntrinsicResult result = await conversation.InvokeAsync("query_rewrite", Rewriting, cancellationToken);

        // Only a rewriting that ran into its token limit is no JSON.
        string question = result.FinishReason == FinishReason.MaxNewTokens
            ? chat[^1].Content
            : JsonNode.Parse(result.Text)!["rewritten_question"]!.GetValue<string>();
        _steps.Add(WalkStep.Of("query_rewrite", question, prompt, result.Usage));
        return question;
    }

    private async Task CheckAsync(IReadOnlyList<PromptMessage> chat)
    {
        if (Has("answerability"))
        {
            TokenUsage prompt = await conversation.PromptAsync(chat, _judged, cancellationToken);
            IntrinsicResult result = await conversation.InvokeAsync("answerability", cancellationToken: cancellationToken);
            _steps.Add(WalkStep.Of("answerability", result.Text, prompt, result.Usage));
        }
    }

    private async Task JudgeAsync(IReadOnlyList<PromptMessage> chat)
    {
        if (Has("certainty"))
        {
            TokenUsage prompt = await conversation.PromptAsync(chat, _judged, cancellationToken);
            Certainty certainty = await conversation.InvokeCertaintyAsync(cancellationToken: cancellationToken);
            _steps.Add(WalkStep.Of("certainty", FormattableString.Invariant($"{100 * certainty.Value:0} %"), prompt, certainty.Usage));
        }
    }

    private bool Has(string adapter) => conversation.Model.Adapters.Names.Contains(adapter);

    private static JsonObject Variables(IReadOnlyList<string> documents) => new()
    {
        ["documents"] = new JsonArray([.. documents.Select((text, i) => new JsonObject { ["doc_id"] = $"{i + 1}", ["text"] = text })]),
    };
}
