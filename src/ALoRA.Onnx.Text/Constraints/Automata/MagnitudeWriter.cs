using ALoRA.Onnx.Constraints.Schemas;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>
/// Adds the decimal numbers of a range, neither bound negative, digit by digit:
/// a number stays on a bound as long as it has the bound's digits.
/// </summary>
/// <param name="builder">The program.</param>
/// <param name="range">Both bounds.</param>
/// <param name="fractionDigits">Most digits behind the point; 0 for integers.</param>
/// <param name="grid">Which multiples are allowed; null for all.</param>
/// <param name="end">Where it goes on.</param>
internal sealed class MagnitudeWriter(ProgramBuilder builder, NumberRange range, int fractionDigits, NumberGrid? grid, int end)
{
    private readonly Dictionary<(int Length, int Position, bool OnLow, bool OnHigh, int Remainder), int> _states = [];
    private readonly string _lowWhole = range.Lowest!.Value.WholeDigits;
    private readonly string _lowFraction = range.Lowest!.Value.FractionDigits;
    private readonly string _highWhole = range.Highest!.Value.WholeDigits;
    private readonly string _highFraction = range.Highest!.Value.FractionDigits;

    /// <summary>The state before the first digit; a dead end for an empty range.</summary>
    public int Add()
    {
        if (range.IsEmpty || range.Highest!.Value.IsNegative)
        {
            return builder.Split();
        }

        List<int> starts = [];
        for (int length = _lowWhole.Length; length <= _highWhole.Length; length++)
        {
            starts.Add(Digits(length, 0, 0, onLow: length == _lowWhole.Length, onHigh: length == _highWhole.Length));
        }

        return builder.Split(starts);
    }

    // The state before the digit at a position; positions from the length on are behind the point.
    private int Digits(int length, int position, int remainder, bool onLow, bool onHigh)
    {
        // Off the bounds only the digits that are left count.
        (int, int, bool, bool, int) key = onLow || onHigh || position == 0
            ? (length, position, onLow, onHigh, remainder)
            : (-1, position - length, false, false, remainder);
        if (_states.TryGetValue(key, out int state))
        {
            return state;
        }

        int lowest = onLow ? DigitOf(_lowWhole, _lowFraction, length, position) : 0;
        int highest = onHigh ? DigitOf(_highWhole, _highFraction, length, position) : 9;
        if (position == 0 && length > 1)
        {
            lowest = Math.Max(lowest, 1);
        }

        List<ByteEdge> edges = [];
        for (int digit = lowest; digit <= highest; digit++)
        {
            int behind = grid?.Step(remainder, digit, position - length + 1) ?? 0;
            int next = Behind(
                length, position + 1, behind, onLow && digit == DigitOf(_lowWhole, _lowFraction, length, position),
                onHigh && digit == highest);
            edges.Add(new ByteEdge((byte)('0' + digit), (byte)('0' + digit), next));
        }

        state = builder.Bytes(edges);
        _states.Add(key, state);
        return state;
    }

    private int Behind(int length, int position, int remainder, bool onLow, bool onHigh)
    {
        if (position < length)
        {
            return Digits(length, position, remainder, onLow, onHigh);
        }

        List<int> next = [];
        if (MayEnd(length, position, onLow, onHigh) && grid?.Accepts(remainder, position - length) != false)
        {
            next.Add(end);
        }

        if (position - length < fractionDigits)
        {
            int digits = Digits(length, position, remainder, onLow, onHigh);
            next.Add(position == length ? builder.Bytes((byte)'.', (byte)'.', digits) : digits);
        }

        return builder.Split(next);
    }

    // Missing digits are zeros.
    private bool MayEnd(int length, int position, bool onLow, bool onHigh)
    {
        bool isLow = onLow && _lowFraction.AsSpan(Math.Min(position - length, _lowFraction.Length)).Trim('0').IsEmpty;
        bool isHigh = onHigh && _highFraction.AsSpan(Math.Min(position - length, _highFraction.Length)).Trim('0').IsEmpty;
        return (!onLow || (isLow && !range.ExcludesLowest)) && !(isHigh && range.ExcludesHighest);
    }

    private static int DigitOf(string whole, string fraction, int length, int position) =>
        position < length ? whole[position] - '0' : position - length < fraction.Length ? fraction[position - length] - '0' : 0;
}
