using System.Globalization;
using ALoRA.Onnx.Files;

namespace ALoRA.Onnx.Models;

/// <summary>
/// Finds the initializers of an <c>.onnx</c> file that lie in a weights file:
/// the part of the format that sharing weights between graphs needs.
/// </summary>
internal static class ExternalInitializerReader
{
    // Field numbers of onnx.proto.
    private const int ModelGraph = 7;
    private const int GraphInitializer = 5;
    private const int TensorDims = 1;
    private const int TensorDataType = 2;
    private const int TensorName = 8;
    private const int TensorExternalData = 13;
    private const int TensorDataLocation = 14;
    private const int EntryKey = 1;
    private const int EntryValue = 2;
    private const int External = 1;

    /// <summary>Reads a graph.</summary>
    /// <exception cref="ModelFormatException">The file can't be read, or is not what protobuf or ONNX allow.</exception>
    public static IReadOnlyList<ExternalInitializer> Read(string file)
    {
        try
        {
            return Parse(file, File.ReadAllBytes(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{file} can't be read: {exception.Message}", exception);
        }
    }

    /// <summary>Reads the bytes of a graph.</summary>
    /// <param name="file">Path of the file, for messages.</param>
    /// <param name="content">The whole file.</param>
    /// <exception cref="ModelFormatException">The bytes are not what protobuf or ONNX allow.</exception>
    public static IReadOnlyList<ExternalInitializer> Parse(string file, ReadOnlySpan<byte> content)
    {
        List<ExternalInitializer> initializers = [];
        ProtobufReader model = new(file, content);
        while (model.Read())
        {
            if (model.Field != ModelGraph)
            {
                continue;
            }

            ProtobufReader graph = model.Message;
            while (graph.Read())
            {
                if (graph.Field == GraphInitializer && ReadTensor(file, graph.Message) is ExternalInitializer initializer)
                {
                    initializers.Add(initializer);
                }
            }
        }

        return initializers;
    }

    private static ExternalInitializer? ReadTensor(string file, ProtobufReader tensor)
    {
        string name = "";
        long type = 0;
        bool isExternal = false;
        List<long> shape = [];
        Dictionary<string, string> entries = new(StringComparer.Ordinal);
        while (tensor.Read())
        {
            switch (tensor.Field)
            {
                case TensorDims:
                    tensor.AddNumbersTo(shape);
                    break;
                case TensorDataType:
                    type = tensor.Number;
                    break;
                case TensorName:
                    name = tensor.Text;
                    break;
                case TensorExternalData:
                    ReadEntry(tensor.Message, entries);
                    break;
                case TensorDataLocation:
                    isExternal = tensor.Number == External;
                    break;
            }
        }

        return isExternal
            ? new ExternalInitializer(
                name, (int)type, [.. shape], entries.GetValueOrDefault("location", ""), Number(file, name, entries, "offset"),
                Number(file, name, entries, "length"))
            : null;
    }

    private static void ReadEntry(ProtobufReader entry, Dictionary<string, string> entries)
    {
        string key = "";
        string value = "";
        while (entry.Read())
        {
            if (entry.Field == EntryKey)
            {
                key = entry.Text;
            }
            else if (entry.Field == EntryValue)
            {
                value = entry.Text;
            }
        }

        entries[key] = value;
    }

    private static long Number(string file, string name, Dictionary<string, string> entries, string key) =>
        long.TryParse(entries.GetValueOrDefault(key, "0"), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new ModelFormatException(
                $"{file}: '{key}' of the initializer '{name}' should be a number, but is '{entries[key]}'. Export the model "
                + "again with `alora export`.");
}
