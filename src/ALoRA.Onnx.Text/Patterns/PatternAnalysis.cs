using ALoRA.Onnx.Unicode;
using static ALoRA.Onnx.Patterns.PatternNode;

namespace ALoRA.Onnx.Patterns;

/// <summary>What can be said of a tree without running it: what a match starts with, and how long it is.</summary>
internal sealed class PatternAnalysis
{
    private readonly Dictionary<PatternNode, CodePointSet?> _first = new(ReferenceEqualityComparer.Instance);

    /// <summary>The code points a match may start with; null if the node may match nothing at all.</summary>
    public CodePointSet? FirstOf(PatternNode node)
    {
        if (!_first.TryGetValue(node, out CodePointSet? first))
        {
            first = Compute(node);
            _first.Add(node, first);
        }

        return first;
    }

    /// <summary>The least and the greatest number of code points a match consumes; the greatest is -1 if unbounded.</summary>
    public static (int Min, int Max) LengthOf(PatternNode node)
    {
        switch (node)
        {
            case SetNode:
                return (1, 1);
            case AtomicNode atomic:
                return LengthOf(atomic.Body);
            case SequenceNode sequence:
                (int Min, int Max) sum = (0, 0);
                foreach (PatternNode item in sequence.Items)
                {
                    (int min, int max) = LengthOf(item);
                    sum = (Saturate((long)sum.Min + min), sum.Max < 0 || max < 0 ? -1 : Saturate((long)sum.Max + max));
                }

                return sum;
            case AlternationNode alternation:
                List<(int Min, int Max)> lengths = [.. alternation.Branches.Select(LengthOf)];
                return (lengths.Min(length => length.Min), lengths.Any(length => length.Max < 0) ? -1 : lengths.Max(length => length.Max));
            case RepeatNode repeat:
                (int least, int most) = LengthOf(repeat.Body);
                bool unbounded = most < 0 || (repeat.Max < 0 && most > 0);
                return (Saturate((long)least * repeat.Min), unbounded ? -1 : Saturate((long)most * Math.Max(repeat.Max, 0)));
            default:
                return (0, 0);
        }
    }

    private static int Saturate(long length) => (int)Math.Min(length, 1_000_000);

    private CodePointSet? Compute(PatternNode node)
    {
        switch (node)
        {
            case SetNode set:
                return set.Set;
            case AtomicNode atomic:
                return FirstOf(atomic.Body);
            case RepeatNode repeat:
                return repeat.Min == 0 ? null : FirstOf(repeat.Body);
            case AlternationNode alternation:
                List<CodePointSet?> branches = [.. alternation.Branches.Select(FirstOf)];
                return branches.Contains(null) ? null : CodePointSet.Union([.. branches.Select(branch => branch!)]);
            case SequenceNode sequence:
                return ComputeSequence(sequence);
            default:
                return null;
        }
    }

    private CodePointSet? ComputeSequence(SequenceNode sequence)
    {
        List<CodePointSet> before = [];
        bool isUnknown = false;
        foreach (PatternNode item in sequence.Items)
        {
            if (FirstOf(item) is CodePointSet first)
            {
                return isUnknown ? CodePointSet.All : CodePointSet.Union([.. before, first]);
            }

            // An item that may match nothing lets the next one start the match, but may also start it itself.
            switch (item)
            {
                case LookNode or AssertionNode:
                    break;
                case RepeatNode { Body: SetNode set }:
                    before.Add(set.Set);
                    break;
                case AtomicNode { Body: RepeatNode { Body: SetNode set } }:
                    before.Add(set.Set);
                    break;
                default:
                    isUnknown = true;
                    break;
            }
        }

        return null;
    }
}
