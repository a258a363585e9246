using System.Buffers.Binary;
using System.Text;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Safetensors;

/// <summary>Makes safetensors files, also malformed ones.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Make(string header, int dataByteLength) => Make(Encoding.UTF8.GetBytes(header), dataByteLength);

    public static byte[] Make(byte[] header, int dataByteLength)
    {
        byte[] bytes = new byte[8 + header.Length + dataByteLength];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        header.CopyTo(bytes, 8);
        for (int i = 0; i < dataByteLength; i++)
        {
            bytes[8 + header.Length + i] = (byte)i;
        }

        return bytes;
    }
}
