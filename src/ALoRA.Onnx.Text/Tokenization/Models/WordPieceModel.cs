using System.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>A piece is cut into the longest tokens from left to right; one that cannot be cut wholly is unknown.</summary>
internal sealed class WordPieceModel : TokenModel
{
    private readonly PrefixTrie _trie;
    private readonly int _continuation;
    private readonly string _unknownToken;
    private readonly int _maxCharacters;
    private readonly string _source;

    public WordPieceModel(Vocabulary vocabulary, string unknownToken, string continuingPrefix, int maxCharacters, string source)
        : base(vocabulary)
    {
        _trie = new PrefixTrie(vocabulary.Entries, $"{source}.vocab");
        _continuation = _trie.Walk(PrefixTrie.Root, continuingPrefix);
        _unknownToken = unknownToken;
        _maxCharacters = maxCharacters;
        _source = source;
    }

    public override void Tokenize(ReadOnlySpan<char> piece, TokenSink sink)
    {
        List<(int Id, int Start, int End)> tokens = [];
        int position = 0;
        int bytes = 0;
        bool whole = CountCodePoints(piece) <= _maxCharacters;
        while (whole && position < piece.Length)
        {
            (int id, int length) = LongestToken(piece[position..], position == 0 ? PrefixTrie.Root : _continuation);
            whole = id != PrefixTrie.None;
            int end = bytes + Encoding.UTF8.GetByteCount(piece.Slice(position, length));
            tokens.Add((id, bytes, end));
            position += length;
            bytes = end;
        }

        if (!whole)
        {
            sink.Add(UnknownTokens.Require(Vocabulary, _unknownToken, _source), 0, Encoding.UTF8.GetByteCount(piece));
            return;
        }

        foreach ((int id, int start, int end) in tokens)
        {
            sink.Add(id, start, end);
        }
    }

    private (int Id, int Length) LongestToken(ReadOnlySpan<char> text, int node)
    {
        (int Id, int Length) best = (PrefixTrie.None, 0);
        for (int i = 0; i < text.Length && node != PrefixTrie.None; i++)
        {
            node = _trie.Step(node, text[i]);
            if (node != PrefixTrie.None && _trie.TokenAt(node) != PrefixTrie.None)
            {
                best = (_trie.TokenAt(node), i + 1);
            }
        }

        return best;
    }

    private static int CountCodePoints(ReadOnlySpan<char> text)
    {
        int count = 0;
        for (int i = 0; i < text.Length; i += CodePoints.Units(CodePoints.At(text, i)))
        {
            count++;
        }

        return count;
    }
}
