using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Constraints.Schemas;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>Adds JSON arrays and objects to a program; their values are rules of their own.</summary>
internal sealed class ContainerWriter(ProgramBuilder builder, JsonSpacing spacing, Func<Goal, int> ruleOf)
{
    /// <summary>An array.</summary>
    public int AddArray(ValueFacts facts, int end)
    {
        (int min, int max, int prefix) = (facts.MinItems, facts.MaxItems, facts.PrefixLength);
        if (max >= 0 && max < min)
        {
            return builder.Split();
        }

        int close = Byte(']', end);
        List<int> next = [];
        if (prefix >= min)
        {
            next.Add(close);
        }

        if (facts.HasOtherItems && (max < 0 || max > prefix))
        {
            next.Add(AddRepeated(
                ruleOf(facts.Item(prefix)), hasComma: prefix > 0, Math.Max(min - prefix, 0), max < 0 ? -1 : max - prefix, close));
        }

        int state = builder.Split(next);
        for (int index = prefix - 1; index >= 0; index--)
        {
            next = index >= min ? [close] : [];
            if (max < 0 || index < max)
            {
                int item = builder.Call(ruleOf(facts.Item(index)), state);
                next.Add(index > 0 ? Separator(',', item) : item);
            }

            state = builder.Split(next);
        }

        return Byte('[', state);
    }

    /// <summary>An object.</summary>
    public int AddObject(ValueFacts facts, int end)
    {
        IReadOnlyList<string> names = facts.Names;
        HashSet<string> required = new(facts.Required, StringComparer.Ordinal);
        int close = Byte('}', end);

        // "members" has one of the members from an index on next, "more" may close as well.
        int more = builder.Reserve();
        int members = builder.Split();
        if (facts.HasOtherProperties)
        {
            int value = Separator(':', builder.Call(ruleOf(facts.OtherProperties), more));
            members = new QuotedTextWriter(builder).Add(
                names.Count == 0 ? PatternAutomaton.Any : PatternAutomaton.Excluding(names), 0, -1, anyEscape: false, value);
        }

        builder.SetSplit(more, [close, Separator(',', members)]);
        bool mayClose = true;
        for (int index = names.Count - 1; index >= 0; index--)
        {
            int value = builder.Call(ruleOf(facts.Property(names[index])), more);
            int member = builder.Literal(Bytes(names[index]), Separator(':', value));
            mayClose &= !required.Contains(names[index]);
            members = required.Contains(names[index]) ? member : builder.Split(member, members);
            int comma = Separator(',', members);
            more = mayClose ? builder.Split(close, comma) : comma;
        }

        return Byte('{', mayClose ? builder.Split(close, members) : members);
    }

    // The first item is read before the loop, so that a minimum above 0 never hides items that can't be (see ProgramHeights).
    private int AddRepeated(int rule, bool hasComma, int min, int max, int close)
    {
        builder.BeginCounter(min, max);
        int loop = builder.Reserve();
        int call = builder.Call(rule, loop);
        int first = builder.CountUp(hasComma ? Separator(',', call) : call);
        builder.SetSplit(loop, [builder.AtLeast(close), builder.CountUp(Separator(',', call))]);
        builder.EndCounter();
        return first;
    }

    private int Separator(char mark, int next)
    {
        int behind = spacing switch
        {
            JsonSpacing.Compact => next,
            JsonSpacing.Spaced => Byte(' ', next),
            _ => builder.Split(next, Byte(' ', next)),
        };
        return Byte(mark, behind);
    }

    private int Byte(char value, int next) => builder.Bytes((byte)value, (byte)value, next);

    private static byte[] Bytes(string name)
    {
        System.Text.StringBuilder text = new();
        SchemaText.WriteString(text, name);
        return System.Text.Encoding.UTF8.GetBytes(text.ToString());
    }
}
