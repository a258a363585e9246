namespace ALoRA.Onnx.Serving.Tests.RandomSchedules;

/// <summary>Keeps the logits that each token of a generation is chosen from.</summary>
internal sealed class LogitsRecorder : ILogitsProcessor
{
    /// <summary>Rows by the number of tokens before, float32 <c>[vocab]</c>; none where a constraint leaves one token.</summary>
    public Dictionary<int, float[]> Rows { get; } = [];

    public void Process(ReadOnlySpan<int> tokens, Span<float> logits) => Rows.Add(tokens.Length, logits.ToArray());
}
