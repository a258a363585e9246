using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Inspect;

/// <summary>What <c>alora inspect --json</c> prints of a file of tensors, which are read while they are printed.</summary>
internal sealed record ContainerJson(IEnumerable<TensorJson> Tensors, ContainerMetadata Metadata)
{
    public static ContainerJson Of(IEnumerable<CheckpointTensor> tensors, IEnumerable<KeyValuePair<string, object>> metadata) => new(
        tensors.Select(tensor => new TensorJson(tensor.Name, tensor.Encoding.FormatName(), tensor.Shape)),
        new ContainerMetadata(metadata));
}

/// <summary>A tensor of a file.</summary>
internal sealed record TensorJson(string Name, string Dtype, IReadOnlyList<long> Shape);

/// <summary>The metadata of a file: texts, numbers, truth values and arrays of them.</summary>
[JsonConverter(typeof(ContainerMetadataConverter))]
internal sealed record ContainerMetadata(IEnumerable<KeyValuePair<string, object>> Entries);

/// <summary>Writes metadata as an object.</summary>
/// <remarks>JSON has no infinities and no NaN; they are written as the texts <c>Infinity</c>, <c>-Infinity</c> and <c>NaN</c>.</remarks>
internal sealed class ContainerMetadataConverter : JsonConverter<ContainerMetadata>
{
    public override ContainerMetadata Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Metadata are only written.");

    public override void Write(Utf8JsonWriter writer, ContainerMetadata value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach ((string key, object entry) in value.Entries)
        {
            writer.WritePropertyName(key);
            WriteValue(writer, entry);
        }

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
