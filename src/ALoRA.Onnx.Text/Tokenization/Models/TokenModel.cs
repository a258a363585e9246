using System.Text;

namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>Turns a piece of text into tokens of its vocabulary. Thread-safe.</summary>
internal abstract class TokenModel(Vocabulary vocabulary)
{
    public Vocabulary Vocabulary => vocabulary;

    /// <summary>Whether no token stands for more characters than it has, as one for any unknown word does.</summary>
    public virtual bool KeepsLength => false;

    /// <summary>Appends the tokens of a piece, which is not empty.</summary>
    /// <exception cref="ModelFormatException">The piece has a character the vocabulary lacks, and there is no unknown token.</exception>
    public abstract void Tokenize(ReadOnlySpan<char> piece, TokenSink sink);
}

/// <summary>A piece is a token, or unknown.</summary>
internal sealed class WordLevelModel(Vocabulary vocabulary, string unknownToken, string source) : TokenModel(vocabulary)
{
    public override void Tokenize(ReadOnlySpan<char> piece, TokenSink sink)
    {
        int id = Vocabulary.IdOf(piece) ?? UnknownTokens.Require(Vocabulary, unknownToken, source);
        sink.Add(id, 0, Encoding.UTF8.GetByteCount(piece));
    }
}
