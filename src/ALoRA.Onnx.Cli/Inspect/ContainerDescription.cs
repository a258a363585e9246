using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf;

/// <summary>Writes metadata values as JSON.</summary>
internal static class GgufValueWriter
{
    public static void Write(Utf8JsonWriter writer, object value)
    {
        switch (value)
        {
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case ulong number:
                writer.WriteNumberValue(number);
                break;
            case byte or sbyte or ushort or short or uint or int or long:
                writer.WriteNumberValue(((IConvertible)value).ToInt64(CultureInfo.InvariantCulture));
                break;
            case float number:
                WriteFloat(writer, number);
                break;
            case double number:
                WriteFloat(writer, number);
                break;
            case Array array:
                writer.WriteStartArray();
                foreach (object element in array)
                {
                    Write(writer, element);
                }

                writer.WriteEndArray();
                break;
            default:
                throw new UnreachableException($"Metadata of type {value.GetType()}.");
        }
    }

    // A binary32 is written with the digits of its exact value, so that a reader that only has binary64 gets the same number.
    private static void WriteFloat(Utf8JsonWriter writer, double number)
    {
        if (double.IsFinite(number))
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
        }
    }
}
