using System.Text;
using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>How values are shown in messages, and how they are written in answers.</summary>
internal static class SchemaText
{
    private const int Shown = 60;

    public static string Kind(JsonElement element)
    {
        string text = element.ValueKind is JsonValueKind.Undefined ? "nothing" : element.GetRawText();
        return text.Length <= Shown ? text : text[..Shown] + "…";
    }

    /// <summary>A value as it is generated: members in their order, numbers as they stand, strings with the fewest escapes.</summary>
    public static void Write(StringBuilder text, JsonElement value, JsonSpacing spacing)
    {
        string space = spacing == JsonSpacing.Compact ? "" : " ";
        string separator = "";
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    text.Append(separator);
                    WriteString(text, member.Name);
                    text.Append(':').Append(space);
                    Write(text, member.Value, spacing);
                    separator = "," + space;
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (JsonElement item in value.EnumerateArray())
                {
                    text.Append(separator);
                    Write(text, item, spacing);
                    separator = "," + space;
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                WriteString(text, value.GetString()!);
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    public static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char unit in value)
        {
            text.Append(StringEscapes.Of(unit) ?? unit.ToString());
        }

        text.Append('"');
    }
}
