using static ALoRA.Onnx.Patterns.PatternNode;

namespace ALoRA.Onnx.Patterns;

/// <summary>Reads the quantifiers behind an item, by Ruby's rules.</summary>
internal sealed class PatternQuantifiers(PatternCursor cursor)
{
    private const int MaxCount = 100_000;
    private const int MaxStacked = 20;

    public PatternNode Read(PatternNode item)
    {
        for (int stacked = 0; TryReadOne(item, out PatternNode? repeated); stacked++)
        {
            if (stacked == MaxStacked)
            {
                throw cursor.Error($"more than {MaxStacked} quantifiers stand behind each other");
            }

            item = repeated;
        }

        return item;
    }

    private bool TryReadOne(PatternNode item, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PatternNode? repeated)
    {
        (int min, int max) = cursor.Peek switch
        {
            '*' => (0, -1),
            '+' => (1, -1),
            '?' => (0, 1),
            _ => (-1, -1),
        };
        if (min >= 0)
        {
            cursor.Next();
            item = Unfold(item);
            repeated = cursor.TryTake("?") ? new RepeatNode(item, min, max, Lazy: true)
                : cursor.TryTake("+") ? new AtomicNode(new RepeatNode(item, min, max, Lazy: false))
                : new RepeatNode(item, min, max, Lazy: false);
            return true;
        }

        repeated = cursor.Peek == '{' ? ReadInterval(item) : null;
        return repeated is not null;
    }

    // Ruby: "{n}?" is an optional "{n}", "{n,m}?" is lazy, "{n,m}+" is "(?:…{n,m})+", and a brace that starts no interval is literal.
    private RepeatNode? ReadInterval(PatternNode item)
    {
        int start = cursor.Position;
        cursor.Next();
        int? min = ReadCount();
        bool comma = cursor.TryTake(",");
        int? max = comma ? ReadCount() : min;
        if ((min is null && max is null) || !cursor.TryTake("}"))
        {
            cursor.Position = start;
            return null;
        }

        int least = min ?? 0;
        int most = max ?? -1;
        if (most >= 0 && least > most)
        {
            throw cursor.Error("an interval's lower bound is above its upper bound");
        }

        item = Unfold(item);
        if (!cursor.TryTake("?"))
        {
            return new RepeatNode(item, least, most, Lazy: false);
        }

        return comma
            ? new RepeatNode(item, least, most, Lazy: true)
            : new RepeatNode(new RepeatNode(item, least, most, Lazy: false), 0, 1, Lazy: false);
    }

    private int? ReadCount()
    {
        int? count = null;
        while (cursor.Peek is >= '0' and <= '9')
        {
            count = ((count ?? 0) * 10) + cursor.Next() - '0';
            if (count > MaxCount)
            {
                throw cursor.Error($"an interval repeats more than {MaxCount} times");
            }
        }

        return count;
    }

    // A repeated literal folds alone, not with its neighbours.
    private static PatternNode Unfold(PatternNode item) =>
        item is FoldedLiteralNode literal ? CaseFolding.Instance.Match([literal.CodePoint]) : item;
}
