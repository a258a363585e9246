using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Tests.Sampling;

/// <summary>
/// Ids that grow over rows of logits that are given, one after the other and then from the first again. Allocates nothing once it has room.
/// </summary>
internal sealed class FakeSequence(float[][] rows, params int[] prompt) : ITokenSequence
{
    private int[] _tokens = [.. prompt];

    public int Length { get; private set; } = prompt.Length;

    public int MaxLength => 100_000;

    public ReadOnlySpan<int> TokenSpan => _tokens.AsSpan(0, Length);

    public ReadOnlySpan<float> LastLogits(CancellationToken cancellationToken) => rows[(Length - prompt.Length) % rows.Length];

    public void Append(params ReadOnlySpan<int> tokens)
    {
        EnsureTokenCapacity(Length + tokens.Length);
        tokens.CopyTo(_tokens.AsSpan(Length));
        Length += tokens.Length;
    }

    public bool TryAppendAhead(ReadOnlySpan<int> tokens, Span<float> logits, CancellationToken cancellationToken) => false;

    public void Rewind(int length) => Length = length;

    public void EnsureTokenCapacity(int length)
    {
        if (_tokens.Length < length)
        {
            Array.Resize(ref _tokens, length);
        }
    }
}
