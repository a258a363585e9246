using System.Text;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>A choice that is given as a whole. One thread.</summary>
internal sealed class CollectedChoice
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _reasoning = new();

    public string Text => _text.ToString();

    public string Reasoning => _reasoning.ToString();

    public List<AnsweredCall> Calls { get; } = [];

    public List<TokenLogprobs> Logprobs { get; } = [];

    /// <summary>Why it ended, and what it took.</summary>
    public ChoiceEnd End { get; set; }

    /// <summary>Takes what a token adds.</summary>
    public ValueTask Add(ChoiceDelta delta)
    {
        _text.Append(delta.Text);
        _reasoning.Append(delta.Reasoning);
        Calls.AddRange(delta.Calls);
        Logprobs.AddRange(delta.Logprobs);
        return ValueTask.CompletedTask;
    }
}
