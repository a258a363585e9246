using ALoRA.Onnx.Constraints.Schemas;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>Adds JSON arrays to a program; their items are rules of their own.</summary>
/// <param name="marks">The marks.</param>
/// <param name="goals">Makes goals of claims.</param>
/// <param name="ruleOf">The rule of a goal.</param>
internal sealed class ArrayWriter(Punctuation marks, GoalMaker goals, Func<Goal, int> ruleOf)
{
    private const int MaxStates = 60_000;
    private readonly ProgramBuilder _builder = marks.Builder;

    public int Add(ValueFacts facts, int end)
    {
        (int min, int max, int prefix) = (facts.MinItems, facts.MaxItems, facts.PrefixLength);
        if (max >= 0 && max < min)
        {
            return _builder.Split();
        }

        int close = marks.Byte(']', end);
        if (facts.Contains.Any())
        {
            return marks.Byte('[', AddCounted(facts, close));
        }

        List<int> next = [];
        if (prefix >= min)
        {
            next.Add(close);
        }

        Goal rest = goals.Of(facts.Item(prefix));
        if (facts.HasOtherItems && (max < 0 || max > prefix) && !rest.IsNever)
        {
            next.Add(AddRepeated(
                ruleOf(rest), hasComma: prefix > 0, Math.Max(min - prefix, 0), max < 0 ? -1 : max - prefix, close));
        }

        int state = _builder.Split(next);
        for (int index = prefix - 1; index >= 0; index--)
        {
            next = index >= min ? [close] : [];
            if (max < 0 || index < max)
            {
                int item = _builder.Call(ruleOf(goals.Of(facts.Item(index))), state);
                next.Add(index > 0 ? marks.Separator(',', item) : item);
            }

            state = _builder.Split(next);
        }

        return marks.Byte('[', state);
    }

    /// <summary>An array of different values out of a few.</summary>
    /// <param name="values">Rules of the values.</param>
    /// <param name="min">Least items.</param>
    /// <param name="max">Most items, -1 for no limit.</param>
    /// <param name="end">Where it goes on.</param>
    public int AddDifferent(IReadOnlyList<int> values, int min, int max, int end)
    {
        int close = marks.Byte(']', end);
        int[] behind = new int[1 << values.Count];
        int most = max < 0 ? values.Count : max;
        for (int taken = behind.Length - 1; taken >= 0; taken--)
        {
            int count = System.Numerics.BitOperations.PopCount((uint)taken);
            List<int> items = [];
            for (int value = 0; value < values.Count && count < most; value++)
            {
                if ((taken & (1 << value)) == 0)
                {
                    items.Add(_builder.Call(values[value], behind[taken | (1 << value)]));
                }
            }

            int item = _builder.Split(items);
            int next = count == 0 ? item : marks.Separator(',', item);
            behind[taken] = count >= min && count <= most ? _builder.Split(close, next) : next;
        }

        return marks.Byte('[', behind[0]);
    }

    // The first item is read before the loop, so that a minimum above 0 never hides items that can't be (see ProgramHeights).
    private int AddRepeated(int rule, bool hasComma, int min, int max, int close)
    {
        _builder.BeginCounter(min, max);
        int loop = _builder.Reserve();
        int call = _builder.Call(rule, loop);
        int first = _builder.CountUp(hasComma ? marks.Separator(',', call) : call);
        _builder.SetSplit(loop, [_builder.AtLeast(close), _builder.CountUp(marks.Separator(',', call))]);
        _builder.EndCounter();
        return first;
    }

    // A state for each number of items and each number of those that must be contained, as far as these make a difference.
    private int AddCounted(ValueFacts facts, int close)
    {
        Containing[] contained = [.. facts.Contains];
        int last = new[] { 1, facts.PrefixLength, facts.MinItems, facts.MaxItems, contained.Max(one => one.From) }.Max();
        int[] levels = [.. contained.Select(one => Math.Max(one.Min, one.Max) + 1)];
        long size = levels.Aggregate((long)last + 1, (product, level) => product > MaxStates ? product : product * level);
        if (size > MaxStates)
        {
            throw new ProgramLimitException(
                $"'contains' together with {last} items needs more than {MaxStates} states. Use smaller numbers.");
        }

        int vectors = levels.Aggregate(1, (product, level) => product * level);
        int[]? behind = null;
        for (int index = last; index >= 0; index--)
        {
            int[] states = [.. Enumerable.Range(0, vectors).Select(_ => _builder.Reserve())];
            for (int vector = 0; vector < vectors; vector++)
            {
                int[] counts = Unpack(vector, levels);
                List<int> next = [];
                if (index >= facts.MinItems && !contained.Index().Any(one => counts[one.Index] < one.Item.Min))
                {
                    next.Add(close);
                }

                if (facts.MaxItems < 0 || index < facts.MaxItems)
                {
                    List<int> items = AddItem(facts, index, contained, counts, levels, index < last ? behind! : states);
                    int item = _builder.Split(items);
                    next.Add(index > 0 ? marks.Separator(',', item) : item);
                }

                _builder.SetSplit(states[vector], next);
            }

            behind = states;
        }

        return behind![0];
    }

    // Each item satisfies a claim or, where too many would be too much, satisfies its opposite.
    private List<int> AddItem(
        ValueFacts facts, int index, Containing[] contained, int[] counts, int[] levels, int[] behind)
    {
        List<(List<Claim> Claims, int[] Counts)> ways = [([.. facts.Item(index)], counts)];
        for (int i = 0; i < contained.Length; i++)
        {
            Containing one = contained[i];
            if (index < one.From)
            {
                continue;
            }

            List<(List<Claim>, int[])> more = [];
            foreach ((List<Claim> claims, int[] before) in ways)
            {
                int[] raised = [.. before];
                raised[i] = one.Max < 0 ? Math.Min(before[i] + 1, one.Min) : before[i] + 1;
                bool isFull = one.Max < 0 && before[i] >= one.Min;
                if (!isFull && (one.Max < 0 || raised[i] <= one.Max))
                {
                    more.Add(([.. claims, one.Claim], raised));
                }

                more.Add((one.Max < 0 ? claims : [.. claims, one.Claim.Not], before));
            }

            ways = more;
        }

        List<int> calls = [];
        foreach ((List<Claim> claims, int[] reached) in ways)
        {
            Goal goal = goals.Of(claims);
            if (!goal.IsNever)
            {
                calls.Add(_builder.Call(ruleOf(goal), behind[Pack(reached, levels)]));
            }
        }

        return calls;
    }

    private static int Pack(int[] counts, int[] levels)
    {
        int vector = 0;
        for (int i = 0; i < levels.Length; i++)
        {
            vector = (vector * levels[i]) + counts[i];
        }

        return vector;
    }

    private static int[] Unpack(int vector, int[] levels)
    {
        int[] counts = new int[levels.Length];
        for (int i = levels.Length - 1; i >= 0; i--)
        {
            (vector, counts[i]) = Math.DivRem(vector, levels[i]);
        }

        return counts;
    }
}
