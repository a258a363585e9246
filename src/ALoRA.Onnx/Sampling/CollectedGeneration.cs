using System.Text;

namespace ALoRA.Onnx.Sampling;

/// <summary>A generation that comes token by token and is kept as a whole.</summary>
internal sealed class CollectedGeneration
{
    private readonly StringBuilder _text = new();
    private readonly List<int> _tokens = [];
    private readonly List<TokenLogprobs> _logprobs = [];

    /// <summary>The finished generation; null while it is not finished.</summary>
    public GenerationResult? Result { get; private set; }

    /// <summary>Takes one more token.</summary>
    public void Add(GeneratedToken token)
    {
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
