using System.Runtime.InteropServices;
using Google.FlatBuffers;

namespace ALoRA.Onnx.Export.Tests.Adapters;

/// <summary>Reads an <c>.onnx_adapter</c> file through Google's FlatBuffers library: a reader that knows nothing of the writer.</summary>
internal static class OnnxAdapterFile
{
    public sealed record Parameter(string Name, long[] Shape, int DataType, byte[] Bytes, int Position)
    {
        public float[] Values => DataType switch
        {
            1 => MemoryMarshal.Cast<byte, float>(Bytes).ToArray(),
            10 => [.. MemoryMarshal.Cast<byte, Half>(Bytes).ToArray().Select(value => (float)value)],
            _ => [.. MemoryMarshal.Cast<byte, ushort>(Bytes).ToArray().Select(value => BitConverter.UInt32BitsToSingle((uint)value << 16))],
        };
    }

    public static IReadOnlyDictionary<string, Parameter> Read(string path)
    {
        ByteBuffer buffer = new(File.ReadAllBytes(path));
        Assert.IsTrue(Table.__has_identifier(buffer, "TORT"));
        Table adapter = new(buffer.GetInt(0), buffer);
        Assert.AreEqual(1, adapter.bb.GetInt(Field(adapter, 0)), "format_version");
        int vector = Field(adapter, 3) - adapter.bb_pos;
        Dictionary<string, Parameter> parameters = new(StringComparer.Ordinal);
        for (int i = 0; i < adapter.__vector_len(vector); i++)
        {
            Table parameter = new(adapter.__indirect(adapter.__vector(vector) + (4 * i)), buffer);
            string name = parameter.__string(Field(parameter, 0));
            int dimensions = Field(parameter, 1) - parameter.bb_pos;
            int data = Field(parameter, 3) - parameter.bb_pos;
            long[] shape = [.. Enumerable.Range(0, parameter.__vector_len(dimensions))
                .Select(d => buffer.GetLong(parameter.__vector(dimensions) + (8 * d)))];
            int position = parameter.__vector(data);
            byte[] bytes = buffer.ToArray(position, parameter.__vector_len(data));
            parameters.Add(name, new Parameter(name, shape, buffer.GetInt(Field(parameter, 2)), bytes, position));
        }

        return parameters;
    }

    private static int Field(Table table, int index)
    {
        int offset = table.__offset(4 + (2 * index));
        Assert.AreNotEqual(0, offset, $"field {index} is missing");
        return table.bb_pos + offset;
    }
}
