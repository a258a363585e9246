using System.Buffers.Binary;
using ALoRA.Onnx.Export.Adapters.Packing;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Export.Adapters.Files;

/// <summary>Writes an <c>.onnx_adapter</c> file, one tensor in memory at a time.</summary>
internal static class OnnxAdapterWriter
{
    /// <param name="stream">Receives the file from its current position on; never read, never sought.</param>
    /// <param name="layout">Made for the same tensors and type.</param>
    /// <param name="parameters">The tensors in the order of the file.</param>
    /// <param name="type">Element type of all tensors.</param>
    /// <param name="written">Told the number of bytes after each piece.</param>
    /// <param name="cancellationToken">Checked before each tensor.</param>
    public static void Write(
        Stream stream,
        OnnxAdapterLayout layout,
        IReadOnlyList<AdapterParameter> parameters,
        ActivationType type,
        Action<long> written,
        CancellationToken cancellationToken)
    {
        stream.Write(layout.Header);
        written(layout.Header.Length);
        long position = layout.Header.Length;
        long largest = parameters.Max(parameter => parameter.ElementCount);
        float[] values = new float[largest];
        byte[] elements = new byte[largest * type.ByteSize()];
        Span<byte> gap = stackalloc byte[64 + sizeof(uint)];
        for (int i = 0; i < parameters.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = (int)parameters[i].ElementCount;
            Span<float> filled = values.AsSpan(0, count);
            filled.Clear();
            parameters[i].Fill(filled);
            Span<byte> bytes = elements.AsSpan(0, count * type.ByteSize());
            FloatRounding.Round(filled, type, bytes, parameters[i].Name);

            Span<byte> before = gap[..(int)(layout.WeightsAt[i] + sizeof(uint) - position)];
            before.Clear();
            BinaryPrimitives.WriteInt32LittleEndian(before[^sizeof(uint)..], bytes.Length);
            stream.Write(before);
            WriteProbe.Write(stream, bytes);
            written(before.Length + bytes.Length);
            position += before.Length + bytes.Length;
        }
    }
}
