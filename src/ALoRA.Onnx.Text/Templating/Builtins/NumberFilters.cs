using System.Globalization;
using System.Numerics;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Rendering;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>Filters over numbers.</summary>
internal static class NumberFilters
{
    public static object? Abs(RenderState state, object? value, Arguments arguments)
    {
        arguments.BindPositional("abs", 0, 0);
        return value is double number ? Math.Abs(number)
            : PythonInteger.Of(value) is BigInteger integer ? PythonInteger.Normalize(BigInteger.Abs(integer))
            : throw TemplateFailure.Type($"bad operand type for abs(): '{PythonType.NameOf(value)}'");
    }

    public static object? Integer(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("int", 0, "default", "base");
        object? otherwise = MissingValue.Is(bound[0]) ? 0L : bound[0];
        int radix = MissingValue.Is(bound[1]) ? 10 : PythonInteger.Index(bound[1], "int");
        if (PythonText.Of(value) is string text)
        {
            return IntegerOf(text, radix) ?? otherwise;
        }

        return value switch
        {
            double number when double.IsFinite(number) => PythonInteger.Normalize(new BigInteger(number)),
            double number when double.IsInfinity(number) => throw TemplateFailure.Overflow("cannot convert float infinity to integer"),
            UndefinedValue undefined => throw undefined.Failure(),
            _ => PythonInteger.Of(value) is BigInteger integer ? PythonInteger.Normalize(integer) : otherwise,
        };
    }

    public static object? Float(RenderState state, object? value, Arguments arguments)
    {
        object? otherwise = arguments.Bind("float", 0, "default")[0];
        otherwise = MissingValue.Is(otherwise) ? 0.0 : otherwise;
        return value switch
        {
            UndefinedValue undefined => throw undefined.Failure(),
            string or MarkupValue => FloatText.Parse(PythonText.Of(value)!) is double parsed ? parsed : otherwise,
            _ => PythonType.IsNumber(value) ? PythonArithmetic.ToFloat(value) : otherwise,
        };
    }

    public static object? Round(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("round", 0, "precision", "method");
        object? precision = MissingValue.Is(bound[0]) ? 0L : bound[0];
        string method = MissingValue.Is(bound[1]) ? "common" : PythonText.Of(bound[1]) ?? "";
        if (method is not ("common" or "ceil" or "floor"))
        {
            throw TemplateFailure.Value("method must be common, ceil or floor");
        }

        if (method == "common")
        {
            return Rounding.Round(value, precision);
        }

        object scale = PythonArithmetic.Apply(BinaryOperator.Power, 10L, precision, state.Budget);
        object scaled = PythonArithmetic.Apply(BinaryOperator.Multiply, value, scale, state.Budget);
        object whole = scaled is not double number ? scaled : !double.IsFinite(number)
            ? throw TemplateFailure.Overflow("cannot convert float infinity or NaN to integer")
            : PythonInteger.Normalize(new BigInteger(method == "ceil" ? Math.Ceiling(number) : Math.Floor(number)));
        return PythonArithmetic.Apply(BinaryOperator.Divide, whole, scale, state.Budget);
    }

    public static object? Sum(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("sum", 0, "attribute", "start");
        AttributePath path = AttributePath.Parse(MissingValue.Is(bound[0]) ? null : bound[0], state.Budget);
        object? sum = MissingValue.Is(bound[1]) ? 0L : bound[1];
        if (sum is string or MarkupValue or BytesValue)
        {
            throw TemplateFailure.Type("sum() can't sum strings [use ''.join(seq) instead]");
        }

        foreach (object? item in PythonIteration.Of(value, state.Budget))
        {
            state.Budget.Step();
            sum = PythonArithmetic.Apply(BinaryOperator.Add, sum, path.Get(item), state.Budget);
        }

        return sum;
    }

    public static object? FileSize(RenderState state, object? value, Arguments arguments)
    {
        object? binary = arguments.Bind("filesizeformat", 0, "binary")[0];
        bool isBinary = !MissingValue.Is(binary) && PythonTruth.Of(binary);
        double size = PythonText.Of(value) is string text
            ? FloatText.Parse(text) ?? throw TemplateFailure.Value($"could not convert string to float: {TextPrinter.Quote(text)}")
            : PythonType.IsNumber(value) ? PythonArithmetic.ToFloat(value)
            : throw TemplateFailure.Type($"float() argument must be a string or a real number, not '{PythonType.NameOf(value)}'");
        int unit = isBinary ? 1024 : 1000;
        if (size < unit)
        {
            return size == 1 ? "1 Byte" : string.Create(CultureInfo.InvariantCulture, $"{Math.Truncate(size):0} Bytes");
        }

        int power = 1;
        while (power < 8 && PythonOrder.CompareNumbers(size, BigInteger.Pow(unit, power + 1)) >= 0)
        {
            power++;
        }

        string prefix = "kMGTPEZY"[power - 1].ToString();
        prefix = isBinary ? (prefix == "k" ? "K" : prefix) + "iB" : prefix + "B";
        return $"{Rounding.Fixed(unit * size / (double)BigInteger.Pow(unit, power + 1), 1)} {prefix}";
    }

    private static object? IntegerOf(string text, int radix)
    {
        try
        {
            if (radix is 0 or (>= 2 and <= 36) && PythonInteger.Parse(text, radix) is BigInteger integer)
            {
                return PythonInteger.Normalize(integer);
            }
        }
        catch (TemplateFailure e) when (e.Kind == FailureKind.Value)
        {
            // Too many digits for int(): Jinja goes on with float(), as below.
        }

        return FloatText.Parse(text) is double number && double.IsFinite(number) ? PythonInteger.Normalize(new BigInteger(number)) : null;
    }
}
