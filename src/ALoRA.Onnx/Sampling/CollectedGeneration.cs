using System.Text;

namespace ALoRA.Onnx.Sampling;

/// <summary>A generation that is gone through token by token and kept as a whole.</summary>
internal sealed class CollectedGeneration(TextGenerator generator)
{
    private readonly StringBuilder _text = new();
    private readonly List<int> _tokens = [];
    private readonly List<TokenLogprobs> _logprobs = [];

    /// <summary>The finished generation; null while it is not finished.</summary>
    public GenerationResult? Result { get; private set; }

    /// <summary>Generates one more token.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; the ids so far stay in the sequence.</exception>
    public void Next(CancellationToken cancellationToken)
    {
        GeneratedToken token = generator.Next(cancellationToken);
        _text.Append(token.Text);
        _tokens.Add(token.Id);
        if (token.Logprobs is not null)
        {
            _logprobs.Add(token.Logprobs);
        }

        if (token.FinishReason is FinishReason reason)
        {
            Result = new GenerationResult
            {
                Text = _text.ToString(),
                Tokens = _tokens,
                Logprobs = _logprobs,
                FinishReason = reason,
                Usage = token.Usage!,
            };
        }
    }
}
