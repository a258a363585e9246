using Google.FlatBuffers;

namespace ALoRA.Onnx.Tests.Adapters;

/// <summary>Builds <c>.onnx_adapter</c> files with Google's own builder, following ONNX Runtime's schema.</summary>
internal static class AdapterBytes
{
    public const int Float = 1;

    /// <summary>A valid file with the given tensors.</summary>
    public static byte[] Build(params (string Name, long[] Shape, float[] Values)[] tensors) => Build(1, "TORT", tensors);

    public static byte[] Build(int formatVersion, string identifier, params (string Name, long[] Shape, float[] Values)[] tensors)
    {
        FlatBufferBuilder builder = new(1024);
        Offset<int>[] parameters =
            [.. tensors.Select(tensor => Parameter(builder, tensor.Name, tensor.Shape, Float, ToBytes(tensor.Values)))];
        return Finish(builder, parameters, formatVersion, identifier);
    }

    public static byte[] Build(string name, long[] shape, int type, byte[] data)
    {
        FlatBufferBuilder builder = new(1024);
        return Finish(builder, [Parameter(builder, name, shape, type, data)], 1, "TORT");
    }

    public static byte[] ToBytes(float[] values)
    {
        byte[] bytes = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return bytes;
    }

    private static byte[] Finish(FlatBufferBuilder builder, Offset<int>[] parameters, int formatVersion, string identifier)
    {
        builder.StartVector(sizeof(uint), parameters.Length, sizeof(uint));
        for (int i = parameters.Length - 1; i >= 0; i--)
        {
            builder.AddOffset(parameters[i].Value);
        }

        VectorOffset vector = builder.EndVector();
        builder.StartTable(4);
        builder.AddInt(0, formatVersion, 0);
        builder.AddInt(1, 1, 0);
        builder.AddInt(2, 1, 0);
        builder.AddOffset(3, vector.Value, 0);
        builder.Finish(builder.EndTable(), identifier);
        return builder.SizedByteArray();
    }

    private static Offset<int> Parameter(FlatBufferBuilder builder, string name, long[] shape, int type, byte[] data)
    {
        StringOffset text = builder.CreateString(name);
        builder.StartVector(sizeof(long), shape.Length, sizeof(long));
        foreach (long size in shape.Reverse())
        {
            builder.AddLong(size);
        }

        VectorOffset dimensions = builder.EndVector();
        builder.StartVector(1, data.Length, 8);
        foreach (byte value in data.Reverse())
        {
            builder.AddByte(value);
        }

        VectorOffset raw = builder.EndVector();
        builder.StartTable(4);
        builder.AddOffset(0, text.Value, 0);
        builder.AddOffset(1, dimensions.Value, 0);
        builder.AddInt(2, type, 0);
        builder.AddOffset(3, raw.Value, 0);
        return new Offset<int>(builder.EndTable());
    }
}
