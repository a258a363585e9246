using System.Security.Cryptography;

namespace ALoRA.Onnx.Export.Tests.Checkpoints;

/// <summary>Reads whole tensors.</summary>
internal static class TensorBytes
{
    public static byte[] Read(CheckpointTensor tensor)
    {
        byte[] bytes = new byte[tensor.ByteLength];
        tensor.ReadRows(0, (int)tensor.RowCount, bytes);
        return bytes;
    }

    public static float[] ReadFloats(CheckpointTensor tensor)
    {
        float[] values = new float[tensor.ElementCount];
        tensor.ReadRowsAsFloat(0, (int)tensor.RowCount, values);
        return values;
    }

    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
