using System.Runtime.InteropServices;
using System.Text;
using ALoRA.Onnx.Export.Checkpoints.Gguf;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

/// <summary>Makes GGUF files, also malformed ones.</summary>
internal sealed class GgufBuilder
{
    private readonly List<(string Key, object Value)> _metadata = [];
    private readonly List<(string Name, uint Type, ulong[] Dimensions, ulong Offset)> _tensors = [];
    private readonly List<byte> _data = [];

    public uint Magic { get; set; } = 0x46554747;

    public uint Version { get; set; } = 3;

    public int Alignment { get; set; } = 32;

    public ulong? TensorCount { get; set; }

    public ulong? MetadataCount { get; set; }

    /// <summary>Adds an entry; a <c>byte[]</c> wrapped in <see cref="Raw"/> is written as it is, type included.</summary>
    public GgufBuilder With(string key, object value)
    {
        _metadata.Add((key, value));
        return this;
    }

    /// <summary>Adds a tensor with its bytes behind those of the tensors before it; the shape is row-major.</summary>
    public GgufBuilder WithTensor(string name, TensorEncoding encoding, long[] shape, ReadOnlySpan<byte> bytes)
    {
        while (_data.Count % Alignment != 0)
        {
            _data.Add(0);
        }

        WithEntry(name, TypeOf(encoding), [.. shape.Reverse().Select(size => (ulong)size)], (ulong)_data.Count);
        _data.AddRange(bytes);
        return this;
    }

    public GgufBuilder WithTensor(string name, long[] shape, float[] values) =>
        WithTensor(name, TensorEncoding.F32, shape, MemoryMarshal.AsBytes<float>(values));

    /// <summary>Adds a tensor's header alone; the dimensions are in the file's order.</summary>
    public GgufBuilder WithEntry(string name, uint type, ulong[] dimensions, ulong offset)
    {
        _tensors.Add((name, type, dimensions, offset));
        return this;
    }

    public GgufBuilder WithData(int byteLength)
    {
        _data.AddRange(new byte[byteLength]);
        return this;
    }

    public byte[] ToBytes()
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(TensorCount ?? (ulong)_tensors.Count);
        writer.Write(MetadataCount ?? (ulong)_metadata.Count);
        foreach ((string key, object value) in _metadata)
        {
            WriteText(writer, key);
            WriteValue(writer, value);
        }

        foreach ((string name, uint type, ulong[] dimensions, ulong offset) in _tensors)
        {
            WriteText(writer, name);
            writer.Write((uint)dimensions.Length);
            writer.Write(MemoryMarshal.AsBytes(dimensions.AsSpan()));
            writer.Write(type);
            writer.Write(offset);
        }

        while (_data.Count > 0 && stream.Length % Alignment != 0)
        {
            writer.Write((byte)0);
        }

        writer.Write(CollectionsMarshal.AsSpan(_data));
        return stream.ToArray();
    }

    public static uint TypeOf(TensorEncoding encoding) =>
        Enumerable.Range(0, 64).Select(type => (uint)type).First(type => GgufTensorTypes.Find(type) == encoding);

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteValue(BinaryWriter writer, object value)
    {
        if (value is Raw raw)
        {
            writer.Write(raw.Bytes);
            return;
        }

        writer.Write(TypeOf(value.GetType()));
        WriteContent(writer, value);
    }

    private static void WriteContent(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case byte v: writer.Write(v); break;
            case sbyte v: writer.Write(v); break;
            case ushort v: writer.Write(v); break;
            case short v: writer.Write(v); break;
            case uint v: writer.Write(v); break;
            case int v: writer.Write(v); break;
            case ulong v: writer.Write(v); break;
            case long v: writer.Write(v); break;
            case float v: writer.Write(v); break;
            case double v: writer.Write(v); break;
            case bool v: writer.Write(v); break;
            case string v: WriteText(writer, v); break;
            case Array array:
                writer.Write(array.Length > 0 && array is object[] and not string[]? 9u : TypeOf(array.GetType().GetElementType()!));
                writer.Write((ulong)array.Length);
                foreach (object element in array)
                {
                    WriteContent(writer, element);
                }

                break;
            default: throw new ArgumentException($"{value.GetType()} is no type of GGUF.");
        }
    }

    private static uint TypeOf(Type type) => type switch
    {
        _ when type == typeof(byte) => 0,
        _ when type == typeof(sbyte) => 1,
        _ when type == typeof(ushort) => 2,
        _ when type == typeof(short) => 3,
        _ when type == typeof(uint) => 4,
        _ when type == typeof(int) => 5,
        _ when type == typeof(float) => 6,
        _ when type == typeof(bool) => 7,
        _ when type == typeof(string) => 8,
        _ when type == typeof(ulong) => 10,
        _ when type == typeof(long) => 11,
        _ when type == typeof(double) => 12,
        _ => 9,
    };

    /// <summary>Type and content of a value, byte for byte.</summary>
    public sealed record Raw(byte[] Bytes);
}
