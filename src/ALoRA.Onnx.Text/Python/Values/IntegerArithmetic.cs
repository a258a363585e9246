using System.Numerics;
using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Python's operators on integers of any size.</summary>
internal static class IntegerArithmetic
{
    public static object Apply(BinaryOperator operation, BigInteger left, BigInteger right, Budget budget)
    {
        if (right.IsZero && operation is BinaryOperator.Divide or BinaryOperator.FloorDivide or BinaryOperator.Modulo)
        {
            throw TemplateFailure.ZeroDivision(operation switch
            {
                BinaryOperator.Divide => "division by zero",
                BinaryOperator.FloorDivide => "integer division or modulo by zero",
                _ => "integer modulo by zero",
            });
        }

        if (operation == BinaryOperator.Power)
        {
            return Power(left, right, budget);
        }

        budget.Characters((left.GetBitLength() + right.GetBitLength()) / 8);
        return operation switch
        {
            BinaryOperator.Add => PythonInteger.Normalize(left + right),
            BinaryOperator.Subtract => PythonInteger.Normalize(left - right),
            BinaryOperator.Multiply => Multiply(left, right, budget),
            BinaryOperator.Divide => Divide(left, right),
            BinaryOperator.FloorDivide => PythonInteger.Normalize(FloorDivide(left, right)),
            _ => PythonInteger.Normalize(left - (FloorDivide(left, right) * right)),
        };
    }

    public static BigInteger FloorDivide(BigInteger left, BigInteger right)
    {
        BigInteger quotient = BigInteger.DivRem(left, right, out BigInteger remainder);
        return !remainder.IsZero && remainder.Sign != right.Sign ? quotient - 1 : quotient;
    }

    private static object Multiply(BigInteger left, BigInteger right, Budget budget)
    {
        // Multiplication is quadratic at worst, so that long numbers cost more than their length.
        budget.Elements(left.GetBitLength() / 64 * (right.GetBitLength() / 64));
        return PythonInteger.Normalize(left * right);
    }

    private static object Power(BigInteger left, BigInteger right, Budget budget)
    {
        if (right.Sign < 0)
        {
            return left.IsZero
                ? throw TemplateFailure.ZeroDivision("0.0 cannot be raised to a negative power")
                : FloatArithmetic.Apply(BinaryOperator.Power, PythonArithmetic.ToFloat(left), PythonArithmetic.ToFloat(right));
        }

        if (BigInteger.Abs(left) <= 1)
        {
            return PythonInteger.Normalize(left.Sign < 0 && right.IsEven ? BigInteger.One : right.IsZero ? BigInteger.One : left);
        }

        BigInteger bits = right * left.GetBitLength();
        long words = bits > int.MaxValue ? int.MaxValue : (long)bits / 64;
        budget.Characters((long)BigInteger.Min(bits / 8, long.MaxValue));
        budget.Elements(words * words / 16);
        return PythonInteger.Normalize(BigInteger.Pow(left, (int)right));
    }

    /// <summary>The quotient as the nearest float.</summary>
    private static double Divide(BigInteger left, BigInteger right)
    {
        const long Exact = 1L << 53;
        if (BigInteger.Abs(left) <= Exact && BigInteger.Abs(right) <= Exact)
        {
            return (double)left / (double)right;
        }

        // Scale the quotient to 66 bits and keep what was cut off as a sticky last bit; converting then rounds once.
        int shift = (int)(66 - left.GetBitLength() + right.GetBitLength());
        BigInteger numerator = shift > 0 ? BigInteger.Abs(left) << shift : BigInteger.Abs(left);
        BigInteger denominator = shift > 0 ? BigInteger.Abs(right) : BigInteger.Abs(right) << -shift;
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger remainder);
        double value = Math.ScaleB(ToNearest(quotient, !remainder.IsZero), -shift);
        return double.IsInfinity(value)
            ? throw TemplateFailure.Overflow("integer division result too large for a float")
            : left.Sign == right.Sign ? value : -value;
    }

    private static double ToNearest(BigInteger value, bool sticky)
    {
        int extra = (int)value.GetBitLength() - 53;
        if (extra <= 0)
        {
            return (double)value;
        }

        BigInteger kept = value >> extra;
        BigInteger rest = value - (kept << extra);
        int order = rest.CompareTo(BigInteger.One << (extra - 1));
        bool up = order > 0 || (order == 0 && (sticky || !kept.IsEven));
        return Math.ScaleB((double)(up ? kept + 1 : kept), extra);
    }
}
