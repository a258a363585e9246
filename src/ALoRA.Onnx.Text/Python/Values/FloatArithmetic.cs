using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Python's operators on floats: <c>//</c> and <c>%</c> round towards minus infinity.</summary>
internal static class FloatArithmetic
{
    public static object Apply(BinaryOperator operation, double left, double right)
    {
        return operation switch
        {
            BinaryOperator.Add => left + right,
            BinaryOperator.Subtract => left - right,
            BinaryOperator.Multiply => left * right,
            BinaryOperator.Divide => right == 0 ? throw TemplateFailure.ZeroDivision("float division by zero") : left / right,
            BinaryOperator.FloorDivide => Divide(left, right).Quotient,
            BinaryOperator.Modulo => Divide(left, right).Remainder,
            _ => Power(left, right),
        };
    }

    private static (double Quotient, double Remainder) Divide(double left, double right)
    {
        if (right == 0)
        {
            throw TemplateFailure.ZeroDivision("float floor division by zero");
        }

        double remainder = left % right;
        double quotient = (left - remainder) / right;
        if (remainder != 0 && (right < 0) != (remainder < 0))
        {
            remainder += right;
            quotient -= 1;
        }
        else if (remainder == 0)
        {
            remainder = Math.CopySign(0, right);
        }

        double floor = Math.Floor(quotient);
        floor += quotient - floor > 0.5 ? 1 : 0;
        return (quotient == 0 ? Math.CopySign(0, left / right) : floor, remainder);
    }

    private static double Power(double left, double right)
    {
        if (left == 0 && right < 0)
        {
            throw TemplateFailure.ZeroDivision("0.0 cannot be raised to a negative power");
        }

        double result = left == 1 || right == 0 ? 1 : Math.Pow(left, right);
        if (double.IsNaN(result) && !double.IsNaN(left) && !double.IsNaN(right))
        {
            throw TemplateFailure.Value("a negative number raised to a fraction is complex, which templates do not support");
        }

        return double.IsInfinity(result) && double.IsFinite(left) && double.IsFinite(right)
            ? throw TemplateFailure.Overflow("Numerical result out of range")
            : result;
    }
}
