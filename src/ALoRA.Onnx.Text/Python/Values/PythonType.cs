using System.Numerics;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Names of types as Python's messages write them.</summary>
internal static class PythonType
{
    public static string NameOf(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        string => "str",
        TemplateValue other => other.TypeName,
        _ => value.GetType().Name,
    };

    public static string Describe(object? value) => value is null ? "None" : NameOf(value) + " object";

    public static bool IsInteger(object? value) => value is long or BigInteger or bool;

    public static bool IsNumber(object? value) => value is long or double or bool or BigInteger;
}
