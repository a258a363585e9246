namespace ALoRA.Onnx.Python.Values;

/// <summary>Sees plain and marked-up text as one type, as Python does.</summary>
internal static class PythonText
{
    /// <summary>The text of a string or markup; null for other values.</summary>
    public static string? Of(object? value) => value as string ?? (value as MarkupValue)?.Text;

    /// <summary>Wraps a result in the type of the text it was made from.</summary>
    public static object Like(object? original, string text) => original is MarkupValue ? new MarkupValue(text) : text;
}
