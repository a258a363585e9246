using ALoRA.Onnx.Unicode;
using static ALoRA.Onnx.Patterns.PatternNode;

namespace ALoRA.Onnx.Patterns;

/// <summary>Case-insensitive matching by Unicode case folding, including folds to several code points (<c>ß</c> and <c>ss</c>).</summary>
internal sealed class CaseFolding
{
    private const int MaxWindow = 8;
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

        List<PatternNode> items = [];
        int end;
        for (int i = 0; i < folded.Count; i = end)
        {
            end = EndOfWindow(folded, i);
            items.Add(end == i + 1 ? new SetNode(FoldingTo(folded[i])) : new AlternationNode(Spellings(folded, i, end)));
        }

        return items.Count == 1 ? items[0] : new SequenceNode(items);
    }

    // How far code points belong together because one that folds to several of them may stand for them.
    private int EndOfWindow(List<int> folded, int start)
    {
        int end = start + 1;
        for (int i = start; i < end; i++)
        {
            end = Math.Max(end, i + SourcesOf(folded, i, folded.Count).Select(source => source.Length).DefaultIfEmpty(1).Max());
        }

        return end - start <= MaxWindow
            ? end
            : throw new PatternSyntaxException($"more than {MaxWindow} characters in a row may fold together under (?i)");
    }

    // Every way to write folded[start..end].
    private List<PatternNode> Spellings(List<int> folded, int start, int end)
    {
        if (start == end)
        {
            return [Nothing];
        }

        PatternNode single = new SetNode(FoldingTo(folded[start]));
        List<PatternNode> spellings = Spellings(folded, start + 1, end).ConvertAll<PatternNode>(rest => new SequenceNode([single, rest]));
        foreach ((int source, int length) in SourcesOf(folded, start, end))
        {
            PatternNode several = new SetNode(CodePointSet.Of(source));
            spellings.AddRange(Spellings(folded, start + length, end).Select(rest => new SequenceNode([several, rest])));
        }

        return spellings;
    }

    private IEnumerable<(int Source, int Length)> SourcesOf(List<int> folded, int start, int end) =>
        from fold in _tables.FullFolds
        where fold.Value.Length <= end - start && folded.GetRange(start, fold.Value.Length).SequenceEqual(fold.Value)
        select (fold.Key, fold.Value.Length);

    private CodePointSet FoldingTo(int target) =>
        CodePointSet.Union(_sources[target]
            .Where(source => !_tables.FullFolds.ContainsKey(source))
            .Append(target)
            .Select(source => (source, source)));
}
