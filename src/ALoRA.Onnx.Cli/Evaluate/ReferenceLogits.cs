using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>The logits that the reference computed, float32 <c>[positions, vocab]</c> for each run of each case.</summary>
internal sealed class ReferenceLogits(string path) : IDisposable
{
    private readonly SafetensorsFile _file = SafetensorsFile.Open(path);

    /// <summary>Reads the logits of one run.</summary>
    /// <exception cref="FormatException">The tensor is missing or does not have a row for each position.</exception>
    public ReferenceMatrix Read(ReferenceRun run, int positionCount)
    {
        if (!_file.Tensors.TryGetValue(run.LogitsTensor, out CheckpointTensor? tensor))
        {
            throw new FormatException($"{path} has no tensor {run.LogitsTensor}, which cases.json asks for.");
        }

        if (tensor.Shape.Count != 2 || tensor.Shape[0] != positionCount)
        {
            throw new FormatException(
                $"{path}: tensor {run.LogitsTensor} must be [{positionCount}, vocab], one row for each position of the case, got "
                + $"[{string.Join(", ", tensor.Shape)}].");
        }

        float[] values = new float[tensor.ElementCount];
        tensor.ReadRowsAsFloat(0, positionCount, values);
        return new ReferenceMatrix(values, (int)tensor.RowLength);
    }

    public void Dispose() => _file.Dispose();
}
