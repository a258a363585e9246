using System.Numerics.Tensors;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Weights;

/// <summary>A vector in the activation type: checkpoint vectors one after the other, each element plus <paramref name="shift"/>.</summary>
internal sealed class VectorPlan(IReadOnlyList<CheckpointTensor> parts, float shift, ActivationType type, StoredTensor output) : WeightPlan
{
    public override IReadOnlyList<StoredTensor> Outputs { get; } = [output];

    public override long SourceByteLength => parts.Sum(part => part.ByteLength);

    public override IEnumerable<WeightChunk> Chunks(int elementBudget) => [new WholeVector(this)];

    private void Write(DataFile file, ChunkBuffers buffers)
    {
        int offset = 0;
        foreach (CheckpointTensor part in parts)
        {
            Span<float> values = buffers.Floats(checked((int)part.ElementCount));
            Span<byte> bytes = buffers.Output(values.Length * type.ByteSize());
            part.ReadRowsAsFloat(0, checked((int)part.RowCount), values);
            TensorPrimitives.Add(values, shift, values);
            FloatRounding.Round(values, type, bytes, part.Name);
            file.Write(output, offset, bytes);
            offset += bytes.Length;
        }
    }

    private sealed record WholeVector(VectorPlan Plan) : WeightChunk(Plan.SourceByteLength)
    {
        public override void Write(DataFile file, ChunkBuffers buffers) => Plan.Write(file, buffers);
    }
}
