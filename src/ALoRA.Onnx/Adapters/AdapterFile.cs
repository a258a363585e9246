using System.Security.Cryptography;
using System.Text;
using ALoRA.Onnx.Files;
using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Adapters;

/// <summary>An <c>.onnx_adapter</c> file in memory: ONNX Runtime's FlatBuffer with named tensors, all offsets checked.</summary>
internal sealed class AdapterFile : IDisposable
{
    // FlatBuffers addresses with 32 bits, and spans with 31.
    private const long LargestFile = int.MaxValue;
    private const int FormatVersion = 1;
    private const int MostDimensions = 8;
    private const string NextStep = "Convert the adapter again with `alora adapter convert`.";

    private static ReadOnlySpan<byte> Identifier => "TORT"u8;

    private readonly NativeBuffer _content;

    private AdapterFile(NativeBuffer content, IReadOnlyList<AdapterParameter> parameters)
    {
        _content = content;
        Parameters = parameters;
    }

    /// <summary>The tensors in the order of the file.</summary>
    public IReadOnlyList<AdapterParameter> Parameters { get; }

    /// <summary>Size of the file in bytes.</summary>
    public long Bytes => _content.Length;

    /// <summary>Reads a file into memory that this object owns.</summary>
    /// <exception cref="ModelFormatException">The file is missing or malformed.</exception>
    public static AdapterFile Read(string path)
    {
        NativeBuffer? content = null;
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            if (stream.Length > LargestFile)
            {
                throw new ModelFormatException(
                    $"{path} has {stream.Length:N0} bytes; an adapter file has at most {LargestFile:N0}. {NextStep}");
            }

            content = new NativeBuffer(stream.Length);
            stream.ReadExactly(content.AsSpan());
            AdapterFile file = new(content, Parse(path, content.AsSpan()));
            content = null;
            return file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{path} can't be read: {exception.Message}", exception);
        }
        finally
        {
            content?.Dispose();
        }
    }

    /// <summary>Finds the tensors in the bytes of a file.</summary>
    /// <param name="path">Path of the file, for messages.</param>
    /// <param name="content">The whole file.</param>
    /// <exception cref="ModelFormatException">An offset leads out of the file, or a tensor's bytes do not fit its shape.</exception>
    public static IReadOnlyList<AdapterParameter> Parse(string path, ReadOnlySpan<byte> content)
    {
        FlatBufferReader reader = new(path, content, NextStep);
        FlatBufferTable root = reader.Root(Identifier);
        int format = reader.Int32(root, field: 0);
        if (format != FormatVersion)
        {
            throw reader.Wrong($"the format version is {format}, expected {FormatVersion}");
        }

        FlatBufferVector parameters = reader.Vector(root, field: 3, elementSize: sizeof(uint), "the list of parameters");
        // Every parameter takes its offset, a table and a vtable at least; the vector's own length is bounded by the file.
        List<AdapterParameter> list = new(parameters.Count);
        HashSet<string> names = new(StringComparer.Ordinal);
        for (int i = 0; i < parameters.Count; i++)
        {
            AdapterParameter parameter = ReadParameter(reader, reader.TableAt(parameters, i), i);
            if (!names.Add(parameter.Name))
            {
                throw reader.Wrong($"the parameter '{parameter.Name}' occurs twice");
            }

            list.Add(parameter);
        }

        return list;
    }

    /// <summary>Address of a parameter's bytes, valid until this object is disposed.</summary>
    public nint AddressOf(AdapterParameter parameter) => _content.Address + parameter.Offset;

    /// <summary>SHA-256 of the file, in hexadecimal digits.</summary>
    public string Hash() => Convert.ToHexString(SHA256.HashData(_content.AsSpan()));

    /// <inheritdoc/>
    public void Dispose() => _content.Dispose();

    private static AdapterParameter ReadParameter(FlatBufferReader reader, FlatBufferTable table, int index)
    {
        ReadOnlySpan<byte> utf8 = reader.Bytes(reader.Vector(table, field: 0, elementSize: 1, $"the name of parameter {index}"));
        string name;
        try
        {
            name = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8);
        }
        catch (DecoderFallbackException exception)
        {
            throw reader.Wrong($"the name of parameter {index} is not UTF-8", exception);
        }

        FlatBufferVector dimensions = reader.Vector(table, field: 1, elementSize: sizeof(long), $"the shape of '{name}'");
        if (dimensions.Count > MostDimensions)
        {
            throw reader.Wrong($"'{name}' has {dimensions.Count} dimensions, expected at most {MostDimensions}");
        }

        long[] shape = new long[dimensions.Count];
        long elements = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            shape[i] = reader.Int64At(dimensions, i);
            if (shape[i] < 0 || (shape[i] > 0 && elements > LargestFile / shape[i]))
            {
                throw reader.Wrong($"'{name}' has the impossible shape [{string.Join(", ", shape)}]");
            }

            elements *= shape[i];
        }

        int type = reader.Int32(table, field: 2);
        int size = SizeOf(type);
        if (size == 0)
        {
            throw reader.Wrong(
                $"'{name}' has the ONNX data type {type}; expected 1 (float32), 2 (uint8), 3 (int8), 10 (float16) or 16 (bfloat16)");
        }

        FlatBufferVector data = reader.Vector(table, field: 3, elementSize: 1, $"the data of '{name}'");
        if (data.Count != elements * size)
        {
            throw reader.Wrong($"'{name}' has {data.Count} bytes, but its shape [{string.Join(", ", shape)}] needs {elements * size}");
        }

        if (data.Start % size != 0)
        {
            throw reader.Wrong($"the data of '{name}' starts at byte {data.Start}, which is no multiple of {size}");
        }

        return new AdapterParameter(name, type, shape, data.Start, data.Count);
    }

    private static int SizeOf(int onnxType) => onnxType switch
    {
        1 => 4,
        2 or 3 => 1,
        10 or 16 => 2,
        _ => 0,
    };
}
