namespace ALoRA.Onnx;

/// <summary>A prompt was refused by its length alone, before it was encoded; see <see cref="PromptEncodingOptions.MaxTokens"/>.</summary>
public sealed class PromptTooLongException : ArgumentException
{
    /// <summary>Creates the exception with a general message.</summary>
    public PromptTooLongException()
        : this("The prompt is too long.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: tokens, limit, next step.</param>
    public PromptTooLongException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: tokens, limit, next step.</param>
    /// <param name="innerException">What was thrown underneath.</param>
    public PromptTooLongException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal PromptTooLongException(long fewest, int most)
        : base($"The prompt has at least {fewest} tokens by its length alone, which do not fit into the context of {most}. Shorten it.")
    {
        FewestTokens = fewest;
        MaxTokens = most;
    }

    /// <summary>How many tokens the prompt has at least.</summary>
    public long FewestTokens { get; }

    /// <summary>How many it may have.</summary>
    public int MaxTokens { get; }
}
