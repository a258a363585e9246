namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>Takes the tokens of one piece from a model. One thread at a time.</summary>
internal abstract class TokenSink
{
    /// <summary>Appends a token that covers the UTF-8 bytes [<paramref name="start"/>, <paramref name="end"/>) of the piece.</summary>
    /// <param name="id">The token.</param>
    /// <param name="start">First byte.</param>
    /// <param name="end">Byte behind the last.</param>
    /// <param name="isSurface">The token's text is the piece's own text there, because the vocabulary has none for it.</param>
    public abstract void Add(int id, int start, int end, bool isSurface = false);
}
