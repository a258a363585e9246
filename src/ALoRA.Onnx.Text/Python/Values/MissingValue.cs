namespace ALoRA.Onnx.Python.Values;

/// <summary>Marks a variable, argument or element that is not there; templates never see it.</summary>
internal static class MissingValue
{
    public static object Instance { get; } = new();

    public static bool Is(object? value) => ReferenceEquals(value, Instance);
}
