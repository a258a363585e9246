using System.Numerics;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Python's <c>bool(value)</c>.</summary>
internal static class PythonTruth
{
    public static bool Of(object? value) => value switch
    {
        null => false,
        bool flag => flag,
        string text => text.Length > 0,
        long number => number != 0,
        double number => number != 0,
        BigInteger number => !number.IsZero,
        TemplateValue other => other.IsTrue,
        _ => true,
    };
}
