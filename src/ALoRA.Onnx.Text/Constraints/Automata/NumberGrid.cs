using System.Numerics;
using ALoRA.Onnx.Constraints.Schemas;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>
/// Which decimal numbers are multiples, read digit by digit: the remainder of all digits up to a number of places behind the point, and
/// whether any digit beyond them is not zero.
/// </summary>
internal sealed class NumberGrid
{
    private const int MaxModulus = 10_000;
    private const int MaxScale = 20;
    private readonly (int Divisor, bool Negated)[] _divisors;
    private readonly int _modulus;

    private NumberGrid((int, bool)[] divisors, int modulus, int scale)
    {
        _divisors = divisors;
        _modulus = modulus;
        Scale = scale;
    }

    /// <summary>Digits behind the point that count for the remainder.</summary>
    public int Scale { get; }

    /// <summary>Stands for a remainder when a digit beyond the scale is not zero.</summary>
    public int Beyond => _modulus;

    /// <exception cref="JsonSchemaException">The divisors together are too large.</exception>
    public static NumberGrid? Of(IReadOnlyList<Multiple> multiples)
    {
        if (multiples.Count == 0)
        {
            return null;
        }

        int scale = multiples.Max(multiple => multiple.Divisor.Scale);
        BigInteger modulus = 1;
        List<(int, bool)> divisors = [];
        foreach (Multiple multiple in multiples)
        {
            BigInteger divisor = multiple.Divisor.Unscaled * BigInteger.Pow(10, scale - multiple.Divisor.Scale);
            modulus = modulus / BigInteger.GreatestCommonDivisor(modulus, divisor) * divisor;
            if (modulus > MaxModulus || scale > MaxScale)
            {
                throw multiple.Place.Error(
                    $"remainders up to {modulus} can't be enforced, at most {MaxModulus} can. Use a rounder number, or a range.");
            }

            divisors.Add(((int)divisor, multiple.Negated));
        }

        return new NumberGrid([.. divisors], (int)modulus, scale);
    }

    /// <summary>The remainder behind one more digit.</summary>
    /// <param name="remainder">The remainder before it.</param>
    /// <param name="digit">The digit.</param>
    /// <param name="place">Its place behind the point, from 1 on; 0 or less before the point.</param>
    public int Step(int remainder, int digit, int place) =>
        remainder == Beyond || (place > Scale && digit != 0) ? Beyond
        : place > Scale ? remainder
        : (int)(((remainder * 10L) + digit) % _modulus);

    /// <summary>Whether a number that ends with a remainder is allowed; digits up to the scale that are missing are zeros.</summary>
    public bool Accepts(int remainder, int places)
    {
        long whole = remainder;
        for (int i = places; i < Scale && remainder != Beyond; i++)
        {
            whole = whole * 10 % _modulus;
        }

        return System.Array.TrueForAll(
            _divisors, divisor => divisor.Negated ? remainder == Beyond || whole % divisor.Divisor != 0
                : remainder != Beyond && whole % divisor.Divisor == 0);
    }
}
