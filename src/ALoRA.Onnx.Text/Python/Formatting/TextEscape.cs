using System.Globalization;
using System.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Formatting;

/// <summary>What Python's <c>ascii()</c> adds to <c>repr()</c>.</summary>
internal static class TextEscape
{
    public static string Ascii(string represented)
    {
        StringBuilder result = new(represented.Length);
        for (int i = 0; i < represented.Length; i += CodePoints.LengthAt(represented, i))
        {
            int c = CodePoints.At(represented, i);
            _ = c switch
            {
                < 0x80 => result.Append((char)c),
                < 0x100 => result.Append(CultureInfo.InvariantCulture, $"\\x{c:x2}"),
                < 0x10000 => result.Append(CultureInfo.InvariantCulture, $"\\u{c:x4}"),
                _ => result.Append(CultureInfo.InvariantCulture, $"\\U{c:x8}"),
            };
        }

        return result.ToString();
    }
}
