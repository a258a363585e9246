using ALoRA.Onnx.Tokenization.CodePoints;
using static ALoRA.Onnx.Tokenization.Patterns.PatternNode;

namespace ALoRA.Onnx.Tokenization.Patterns;

/// <summary>Case-insensitive matching by Unicode case folding, including folds to several code points (<c>ß</c> and <c>ss</c>).</summary>
internal sealed class CaseFolding
{
    private static readonly Lazy<CaseFolding> Shared = new(() => new CaseFolding(UnicodeTables.Instance));
    private readonly UnicodeTables _tables;
    private readonly ILookup<int, int> _sources;

    private CaseFolding(UnicodeTables tables)
    {
        _tables = tables;
        _sources = tables.SimpleFolds.ToLookup(fold => fold.Value, fold => fold.Key);
    }

    public static CaseFolding Instance => Shared.Value;

    /// <summary>The set with everything added that folds to the same code point as a member.</summary>
    public CodePointSet Close(CodePointSet set)
    {
        List<(int, int)> ranges = [.. set.Ranges()];
        foreach ((int source, int target) in _tables.SimpleFolds)
        {
            if (set.Contains(source) || set.Contains(target) || _sources[target].Any(set.Contains))
            {
                ranges.Add((source, source));
                ranges.Add((target, target));
            }
        }

        return CodePointSet.Union(ranges);
    }

    /// <summary>What matches a run of literals: every text whose full case folding equals theirs.</summary>
    public PatternNode Match(IReadOnlyList<int> literals)
    {
        List<int> folded = [];
        foreach (int literal in literals)
        {
            if (_tables.FullFolds.TryGetValue(literal, out int[]? several))
            {
                folded.AddRange(several);
            }
            else
            {
                folded.Add(_tables.SimpleFolds.GetValueOrDefault(literal, literal));
            }
        }

        return MatchFrom(folded, 0);
    }

    private PatternNode MatchFrom(List<int> folded, int start)
    {
        List<PatternNode> items = [];
        for (int i = start; i < folded.Count; i++)
        {
            List<PatternNode> branches = [];
            foreach ((int source, int[] target) in _tables.FullFolds)
            {
                if (folded.Count - i >= target.Length && folded.GetRange(i, target.Length).SequenceEqual(target))
                {
                    branches.Add(new SequenceNode([new SetNode(CodePointSet.Of(source)), MatchFrom(folded, i + target.Length)]));
                }
            }

            PatternNode single = new SetNode(FoldingTo(folded[i]));
            if (branches.Count > 0)
            {
                branches.Insert(0, new SequenceNode([single, MatchFrom(folded, i + 1)]));
                items.Add(new AlternationNode(branches));
                return new SequenceNode(items);
            }

            items.Add(single);
        }

        return items.Count == 1 ? items[0] : new SequenceNode(items);
    }

    private CodePointSet FoldingTo(int target) =>
        CodePointSet.Union([(target, target), .. _sources[target].Where(source => !_tables.FullFolds.ContainsKey(source)).Select(source => (source, source))]);
}
