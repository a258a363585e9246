using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Inspect;

/// <summary>What a file of tensors holds, as JSON: <c>{"tensors":[{"name","dtype","shape"}],"metadata":{…}}</c>.</summary>
/// <remarks>JSON has no infinities and no NaN; they are written as the texts <c>Infinity</c>, <c>-Infinity</c> and <c>NaN</c>.</remarks>
internal static class ContainerDescription
{
    /// <summary>Writes one JSON object.</summary>
    public static void Write(
        Utf8JsonWriter writer, IEnumerable<CheckpointTensor> tensors, IEnumerable<KeyValuePair<string, object>> metadata)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("tensors");
        foreach (CheckpointTensor tensor in tensors)
        {
            writer.WriteStartObject();
            writer.WriteString("name", tensor.Name);
            writer.WriteString("dtype", tensor.Encoding.FormatName());
            writer.WriteStartArray("shape");
            foreach (long size in tensor.Shape)
            {
                writer.WriteNumberValue(size);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartObject("metadata");
        foreach ((string key, object value) in metadata)
        {
            writer.WritePropertyName(key);
            WriteValue(writer, value);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, object value)
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
                    WriteValue(writer, element);
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
