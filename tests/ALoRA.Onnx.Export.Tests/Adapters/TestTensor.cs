namespace ALoRA.Onnx.Export.Tests.Adapters;

/// <summary>A tensor to write: stored bytes with the format's own type name.</summary>
internal sealed record TestTensor(string Name, string Type, long[] Shape, byte[] Bytes)
{
    public static TestTensor F32(string name, long[] shape, params ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values.ToArray(), 0, bytes, 0, bytes.Length);
        return new TestTensor(name, "F32", shape, bytes);
    }

    public static TestTensor F16(string name, long[] shape, params ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * 2];
        for (int i = 0; i < values.Length; i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(i * 2), (Half)values[i]);
        }

        return new TestTensor(name, "F16", shape, bytes);
    }
}
