using System.Globalization;
using System.Numerics;

namespace ALoRA.Onnx.Python.Values;

/// <summary>The attributes and methods of numbers.</summary>
internal static class NumberAttributes
{
    public static bool TryGet(object number, string name, out object? value)
    {
        value = number is double real ? OfFloat(real, name) : OfInteger(PythonInteger.Of(number)!.Value, name);
        return value is not null;
    }

    private static object? OfFloat(double number, string name) => name switch
    {
        "real" => number,
        "imag" => 0.0,
        "is_integer" => new BuiltinFunction(name, (_, _) => double.IsInteger(number)),
        "conjugate" => new BuiltinFunction(name, (_, _) => number),
        _ => null,
    };

    private static object? OfInteger(BigInteger number, string name) => name switch
    {
        "real" or "numerator" => PythonInteger.Normalize(number),
        "imag" => 0L,
        "denominator" => 1L,
        "conjugate" => new BuiltinFunction(name, (_, _) => PythonInteger.Normalize(number)),
        "bit_length" => new BuiltinFunction(name, (_, _) => number.IsZero ? 0L : BigInteger.Abs(number).GetBitLength()),
        "bit_count" => new BuiltinFunction(name, (_, _) =>
            (long)BigInteger.Abs(number).ToString("b", CultureInfo.InvariantCulture).Count(c => c == '1')),
        _ => null,
    };
}
