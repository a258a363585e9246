using System.Text;

namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>A piece is a token, or unknown.</summary>
internal sealed class WordLevelModel(Vocabulary vocabulary, string unknownToken, string source) : TokenModel(vocabulary)
{
    public override void Tokenize(ReadOnlySpan<char> piece, TokenSink sink)
    {
        int id = Vocabulary.IdOf(piece) ?? UnknownTokens.Require(Vocabulary, unknownToken, source);
        sink.Add(id, 0, Encoding.UTF8.GetByteCount(piece));
    }
}
