using System.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>The cut of a piece into tokens whose scores add up to the most.</summary>
internal sealed class UnigramModel : TokenModel
{
    private const double UnknownPenalty = 10;
    private readonly PrefixTrie _trie;
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int? _unknownId;
    private readonly bool _byteFallback;
    private readonly string _source;

    public UnigramModel(Vocabulary vocabulary, double[] scores, int? unknownId, bool byteFallback, string source)
        : base(vocabulary)
    {
        _trie = new PrefixTrie(vocabulary.Entries, $"{source}.vocab");
        _scores = scores;
        _unknownScore = (scores.Length == 0 ? double.PositiveInfinity : scores.Min()) - UnknownPenalty;
        _unknownId = unknownId;
        _byteFallback = byteFallback;
        _source = source;
    }

    public override void Tokenize(ReadOnlySpan<char> piece, TokenSink sink)
    {
        Node[] best = BestPaths(piece);
        List<(int Start, int End)> cuts = CutsOf(best);
        int bytes = 0;
        for (int i = cuts.Count - 1; i >= 0; i--)
        {
            ReadOnlySpan<char> text = piece[cuts[i].Start..cuts[i].End];
            int end = bytes + Encoding.UTF8.GetByteCount(text);
            Emit(text, bytes, end, sink);
            bytes = end;
        }
    }

    // best[i] is the best path from the start of the piece to unit i.
    private Node[] BestPaths(ReadOnlySpan<char> piece)
    {
        Node[] best = new Node[piece.Length + 1];
        Array.Fill(best, new Node(0, 0, -1));
        int units;
        for (int start = 0; start < piece.Length; start += units)
        {
            units = CodePoints.Units(CodePoints.At(piece, start));
            double score = best[start].Score;
            bool hasSingle = false;
            int node = PrefixTrie.Root;
            for (int end = start; end < piece.Length; end++)
            {
                node = _trie.Step(node, piece[end]);
                if (node == PrefixTrie.None)
                {
                    break;
                }

                int id = _trie.TokenAt(node);
                if (id != PrefixTrie.None)
                {
                    Improve(ref best[end + 1], id, score + _scores[id], start);
                    hasSingle |= end + 1 - start == units;
                }
            }

            if (!hasSingle)
            {
                Improve(ref best[start + units], _unknownId ?? throw MissingUnknown(), score + _unknownScore, start);
            }
        }

        return best;
    }

    private static void Improve(ref Node node, int id, double score, int start)
    {
        if (node.Start < 0 || score > node.Score)
        {
            node = new Node(id, score, start);
        }
    }

    // From the end to the start; neighbouring unknown tokens are one.
    private List<(int Start, int End)> CutsOf(Node[] best)
    {
        List<(int Start, int End)> cuts = [];
        bool previousUnknown = false;
        for (int end = best.Length - 1; end > 0; end = best[end].Start)
        {
            bool unknown = best[end].Id == _unknownId;
            if (unknown && previousUnknown)
            {
                cuts[^1] = (best[end].Start, cuts[^1].End);
            }
            else
            {
                cuts.Add((best[end].Start, end));
            }

            previousUnknown = unknown;
        }

        return cuts;
    }

    private void Emit(ReadOnlySpan<char> text, int start, int end, TokenSink sink)
    {
        if (Vocabulary.TryGetId(text, out int id))
        {
            sink.Add(id, start, end);
            return;
        }

        if (_byteFallback)
        {
            int[] ids = [.. Encoding.UTF8.GetBytes(text.ToArray()).Select(value => Vocabulary.IdOf(ByteTokens.Of(value)) ?? -1)];
            if (!ids.Contains(-1))
            {
                foreach (int byteId in ids)
                {
                    sink.Add(byteId, start, end);
                }

                return;
            }
        }

        sink.Add(_unknownId ?? throw MissingUnknown(), start, end, isSurface: true);
    }

    private ModelFormatException MissingUnknown() => new(
        $"{_source}.unk_id: the text has a character that the vocabulary lacks, and there is no unknown token. Expected the id of one. "
        + "Use the tokenizer.json that belongs to the model.");

    private readonly record struct Node(int Id, double Score, int Start);
}
