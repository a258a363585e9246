using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Constraints.Schemas;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>Adds JSON strings to a program.</summary>
internal sealed class QuotedTextWriter(ProgramBuilder builder)
{
    private const int Ascii = 0x7F;
    private const ulong AllBeyondAscii = 1UL << 62;
    private const ulong AnyEscape = 1UL << 63;

    // Controls that have no short escape, with the digits of theirs.
    private static readonly (int Character, byte[] Digits)[] LongEscapes =
    [
        .. Enumerable.Range(0, ' ').Select(character => (character, StringEscapes.Of(character)!))
            .Where(escape => escape.Item2.Length == 6)
            .Select(escape => (escape.character, System.Text.Encoding.ASCII.GetBytes(escape.Item2[2..]))),
    ];

    private static readonly CodePointSet BeyondAscii = PatternSets.Scalars.Except(CodePointSet.Range(0, Ascii));

    /// <summary>A string with its quotes.</summary>
    /// <param name="automaton">Its content.</param>
    /// <param name="min">Least code points.</param>
    /// <param name="max">Most code points, -1 for no limit.</param>
    /// <param name="anyEscape">Whether characters that need no escape may have one.</param>
    /// <param name="end">Where it goes on.</param>
    /// <returns>The state before the opening quote.</returns>
    /// <exception cref="ProgramLimitException">Pattern and length together need too much memory.</exception>
    public int Add(PatternAutomaton automaton, int min, int max, bool anyEscape, int end) =>
        Add(automaton, min, max, anyEscape, _ => end, hasOneEnd: true);

    /// <summary>A string with its quotes, behind which it goes on in different ways.</summary>
    /// <param name="automaton">Its content.</param>
    /// <param name="min">Least code points.</param>
    /// <param name="max">Most code points, -1 for no limit.</param>
    /// <param name="anyEscape">Whether characters that need no escape may have one.</param>
    /// <param name="endOf">Where it goes on behind a string that leads to a state of the automaton.</param>
    public int Add(PatternAutomaton automaton, int min, int max, bool anyEscape, Func<int, int> endOf) =>
        Add(automaton, min, max, anyEscape, endOf, hasOneEnd: false);

    private int Add(PatternAutomaton automaton, int min, int max, bool anyEscape, Func<int, int> endOf, bool hasOneEnd)
    {
        if (max >= 0 && max < min)
        {
            return builder.Split();
        }

        bool counts = min > 0 || max >= 0;
        bool[]?[] tables = counts ? LengthTables.Compute(automaton, min, max) : new bool[]?[automaton.Count];
        if (tables[0] is [false, ..])
        {
            return builder.Split();
        }

        if (counts)
        {
            builder.BeginCounter(min, max, isTabled: Array.Exists(tables, table => table is not null));
        }


        // Of several ways behind a string one may lead nowhere, and then the automaton does not say which characters do.
        bool[]? endless = counts || !hasOneEnd ? null : automaton.FindEndless();
        int text = automaton.IsFree(0) ? -1 : builder.Text(automaton);
        int[] between = [.. Enumerable.Range(0, automaton.Count).Select(_ => builder.Reserve())];
        for (int state = 0; state < between.Length; state++)
        {
            List<int> next = [];
            if (automaton.IsAccepting(state))
            {
                int closing = builder.Bytes((byte)'"', (byte)'"', endOf(state));
                next.Add(counts ? builder.AtLeast(closing) : closing);
            }

            foreach ((CodePointSet set, int target) in automaton.TransitionsOf(state))
            {
                int character = AddCharacter(set, anyEscape, between[target], endless?[state] ?? automaton.IsFree(state), text);
                next.Add(counts ? builder.CountUp(character, tables[target]) : character);
            }

            builder.SetSplit(between[state], next);
        }

        int opening = builder.Bytes((byte)'"', (byte)'"', between[0]);
        builder.EndCounter();
        return opening;
    }

    /// <summary>A string with its quotes that is none of some, of any length.</summary>
    /// <param name="texts">The others, without repetition, in ordinal order.</param>
    /// <param name="end">Where it goes on.</param>
    public int AddOtherThan(IReadOnlyList<string> texts, int end)
    {
        if (texts.Any(text => text.AsSpan().ContainsAnyExceptInRange(' ', '~') || text.AsSpan().ContainsAny('"', '\\')))
        {
            return Add(PatternAutomaton.Excluding(texts), 0, -1, anyEscape: false, end);
        }

        int closing = builder.Bytes((byte)'"', (byte)'"', end);
        int free = builder.Reserve();
        List<ByteEdge> any = EdgesOf(PatternSets.Scalars, anyEscape: false, free);
        builder.SetSplit(free, [closing, builder.Bytes(any, isFreeText: true)]);
        if (texts.Count == 0)
        {
            return builder.Bytes((byte)'"', (byte)'"', free);
        }

        // A node of the tree of all texts reads the next byte of some of them, or anything else and is free.
        any.Insert(any.FindIndex(edge => edge.First > '"'), new ByteEdge((byte)'"', (byte)'"', end));
        ByteTree tree = new(texts);
        int[] states = new int[tree.Count];
        List<ByteEdge> edges = [];
        for (int node = states.Length - 1; node >= 0; node--)
        {
            edges.Clear();
            int child = tree.FirstChild(node);
            foreach (ByteEdge edge in any)
            {
                int from = edge.First;
                while (child >= 0 && tree.ByteOf(child) <= edge.Last)
                {
                    byte value = tree.ByteOf(child);
                    if (from < value)
                    {
                        edges.Add(new ByteEdge((byte)from, (byte)(value - 1), edge.Target));
                    }

                    edges.Add(new ByteEdge(value, value, states[child]));
                    from = value + 1;
                    child = tree.NextSibling(child);
                }

                if (from <= edge.Last && !(edge.First == '"' && tree.IsEnd(node)))
                {
                    edges.Add(edge with { First = (byte)from });
                }
            }

            states[node] = builder.Bytes(edges);
        }

        return builder.Bytes((byte)'"', (byte)'"', states[0]);
    }

    private int AddCharacter(CodePointSet set, bool anyEscape, int target, bool isFreeText, int text) =>
        builder.Bytes(EdgesOf(set, anyEscape, target), isFreeText, text);

    private List<ByteEdge> EdgesOf(CodePointSet set, bool anyEscape, int target)
    {
        List<ByteEdge> edges = [];
        List<(int, int)> beyond = [];
        ulong escaped = 0;
        foreach ((int first, int last) in set.Ranges())
        {
            AddAscii(edges, first, last, target, ref escaped);
            if (last > Ascii)
            {
                beyond.Add((Math.Max(first, Ascii + 1), last));
            }
        }

        edges.AddRange(beyond is [(Ascii + 1, 0xD7FF), (0xE000, CodePointSet.Limit - 1)]
            ? builder.Remembered(target, AllBeyondAscii, () => Utf8Ranges.Edges(builder, BeyondAscii, target))
            : Utf8Ranges.Edges(builder, CodePointSet.Union(beyond), target));
        if (escaped != 0)
        {
            bool any = anyEscape && set.SetEquals(PatternSets.Scalars);
            int behind = edges.FindIndex(edge => edge.First > '\\');
            edges.InsertRange(behind < 0 ? edges.Count : behind, builder.Remembered(
                target, any ? AnyEscape : escaped, () => [new ByteEdge((byte)'\\', (byte)'\\', AddEscape(escaped, any, target))]));
        }

        return edges;
    }

    // What stands for itself; bits of the others are set: of controls, then of the quote and of the backslash.
    private static void AddAscii(List<ByteEdge> edges, int first, int last, int target, ref ulong escaped)
    {
        int start = -1;
        for (int value = first; value <= Math.Min(last, Ascii); value++)
        {
            int bit = value < ' ' ? value : value == '"' ? ' ' : value == '\\' ? ' ' + 1 : -1;
            if (bit < 0)
            {
                start = start < 0 ? value : start;
                continue;
            }

            escaped |= 1UL << bit;
            AddRun(edges, start, value - 1, target);
            start = -1;
        }

        AddRun(edges, start, Math.Min(last, Ascii), target);
    }

    private static void AddRun(List<ByteEdge> edges, int first, int last, int target)
    {
        if (first >= 0)
        {
            edges.Add(new ByteEdge((byte)first, (byte)last, target));
        }
    }

    // What stands behind the backslash.
    private int AddEscape(ulong escaped, bool any, int target)
    {
        bool Has(int character) => (escaped & (1UL << (character < ' ' ? character : character == '"' ? ' ' : ' ' + 1))) != 0;
        List<ByteEdge> letters =
        [
            .. StringEscapes.Short
                .Where(escape => Has(escape.Character))
                .Select(escape => new ByteEdge((byte)escape.Letter, (byte)escape.Letter, target)),
        ];
        if (any)
        {
            letters.Add(new ByteEdge((byte)'/', (byte)'/', target));
            letters.AddRange(AnyCodePoint(target).Select(digits => new ByteEdge((byte)'u', (byte)'u', digits)));
        }
        else
        {
            foreach ((int character, byte[] digits) in LongEscapes)
            {
                if (Has(character))
                {
                    letters.Add(new ByteEdge((byte)'u', (byte)'u', builder.Literal(digits, target)));
                }
            }
        }

        return builder.Bytes(letters);
    }

    // Four digits of a code point that is no surrogate, or a pair of surrogates.
    private int[] AnyCodePoint(int target)
    {
        int two = Hex(Hex(target));
        int low = Digits("dD", Digits("cdefCDEF", two));
        int pair = Digits("89abAB", Hex(Hex(builder.Literal("\\u"u8, low))));
        return [Digits("0123456789abcefABCEF", Hex(two)), Digits("dD", Digits("01234567", two)), Digits("dD", pair)];
    }

    private int Hex(int target) => Digits("0123456789abcdefABCDEF", target);

    private int Digits(string digits, int target) =>
        builder.Bytes([.. digits.Select(digit => new ByteEdge((byte)digit, (byte)digit, target))]);
}
