namespace ALoRA.Onnx.Tokenization.Decoding;

/// <summary>A stage that turns token texts into readable text. Thread-safe.</summary>
internal abstract class TokenDecoder
{
    /// <summary>Rewrites the token texts; joined, they are the text.</summary>
    public abstract List<string> Decode(List<string> tokens);

    /// <summary>Whether a token reads the same wherever it stands, but for the start of the text.</summary>
    public virtual bool JoinsBytes => true;

    /// <summary>What the stage makes of a token that stands neither first nor last.</summary>
    public virtual string DecodeInside(string token) => token;

    /// <summary>The bytes a token stands for, where the stage maps tokens to bytes; null if it does not.</summary>
    public virtual byte[]? BytesOf(string token) => null;
}
