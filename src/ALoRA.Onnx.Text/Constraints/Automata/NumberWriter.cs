using System.Numerics;
using ALoRA.Onnx.Constraints.Schemas;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>Adds JSON numbers to a program.</summary>
internal sealed class NumberWriter(ProgramBuilder builder)
{
    /// <summary>
    /// Digits of integers and of both parts of other numbers, where no bound has more:
    /// what fits into 64 bits, so that every reader can read it.
    /// </summary>
    public const int MaxDigits = 18;

    /// <summary>A number.</summary>
    /// <param name="range">Its bounds.</param>
    /// <param name="multiples">What it is, or is not, a multiple of.</param>
    /// <param name="form">How it may be written.</param>
    /// <param name="end">Where it goes on.</param>
    /// <exception cref="JsonSchemaException">The multiples together are too large.</exception>
    public int Add(NumberRange range, IReadOnlyList<Multiple> multiples, NumberForm form, int end)
    {
        DecimalNumber zero = new(0, 0);
        if (multiples.Count == 0 && form != NumberForm.Whole && range.Highest is null
            && (range.IsOpen || (form == NumberForm.Any && !range.ExcludesLowest && range.Lowest == zero)))
        {
            return AddAny(range.IsOpen, end);
        }

        DecimalNumber limit = new(
            BigInteger.Pow(10, Math.Max(MaxDigits, Math.Max(Digits(range.Lowest), Digits(range.Highest)) + 1)) - 1, 0);
        NumberRange both = range with { Lowest = range.Lowest ?? limit.Negated, Highest = range.Highest ?? limit };
        NumberGrid? grid = NumberGrid.Of(multiples);
        int fraction = form == NumberForm.Whole
            ? 0
            : Math.Max(Math.Max(MaxDigits, grid?.Scale ?? 0), Math.Max(both.Lowest!.Value.Scale, both.Highest!.Value.Scale) + 1);
        NumberRange positive = both.AtLeast(zero, excluded: false);
        NumberRange negative = new NumberRange
        {
            Lowest = both.Highest!.Value.Negated,
            ExcludesLowest = both.ExcludesHighest,
            Highest = both.Lowest!.Value.Negated,
            ExcludesHighest = both.ExcludesLowest,
        }.AtLeast(zero, excluded: form != NumberForm.Any);
        return builder.Split(
            new MagnitudeWriter(builder, positive, fraction, grid, end).Add(),
            builder.Bytes((byte)'-', (byte)'-', new MagnitudeWriter(builder, negative, fraction, grid, end).Add()));
    }

    private static int Digits(DecimalNumber? bound) => bound?.WholeDigits.Length ?? 0;

    private int AddAny(bool hasSign, int end)
    {
        int exponent = Digit('0', '9', builder.Split(end, Digit('0', '9', end)));
        int sign = builder.Split(exponent, Bytes("+-", exponent));
        int behindFraction = builder.Split(end, Bytes("eE", sign));
        int fraction = builder.Bytes((byte)'.', (byte)'.', Digit('0', '9', UpTo(MaxDigits - 1, behindFraction)));
        int behindWhole = builder.Split(behindFraction, fraction);
        int whole = builder.Split(Digit('0', '0', behindWhole), Digit('1', '9', UpTo(MaxDigits - 1, behindWhole)));
        return hasSign ? builder.Split(whole, builder.Bytes((byte)'-', (byte)'-', whole)) : whole;
    }

    private int UpTo(int count, int end)
    {
        int state = end;
        for (int i = 0; i < count; i++)
        {
            state = builder.Split(end, Digit('0', '9', state));
        }

        return state;
    }

    private int Digit(char first, char last, int target) => builder.Bytes((byte)first, (byte)last, target);

    private int Bytes(string any, int target) => builder.Bytes([.. any.Select(one => new ByteEdge((byte)one, (byte)one, target))]);
}
