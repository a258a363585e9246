using ALoRA.Onnx.Export;
using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Golden;

/// <summary>The recorded parameters and gradients: kind and PEFT's name.</summary>
internal sealed class RecordedTensors : IDisposable
{
    private static readonly string[] Kinds = ["initial", "gradient", "final"];

    private readonly SafetensorsFile _file;

    private RecordedTensors(SafetensorsFile file) => _file = file;

    /// <summary>Opens the file and checks that it has exactly what is trained.</summary>
    /// <exception cref="CheckpointFormatException">Something is missing, left over or of another shape.</exception>
    public static RecordedTensors Open(RecordedTraining record, IReadOnlyList<TensorPlan> tensors)
    {
        SafetensorsFile file = SafetensorsFile.Open(record.TensorsPath);
        try
        {
            HashSet<string> known = new(StringComparer.Ordinal);
            foreach (TensorPlan tensor in tensors)
            {
                foreach (string name in Kinds.Select(kind => $"{kind}.{tensor.Name}"))
                {
                    known.Add(name);
                    Check(file, name, tensor.Shape);
                }
            }

            return file.Tensors.Keys.FirstOrDefault(name => !known.Contains(name)) is { } stray
                ? throw new CheckpointFormatException(
                    $"{file.Path}: tensor '{stray}': expected only initial, gradient and final values of the {tensors.Count} tensors that "
                    + $"{record.Config.FilePath} selects. Record the training again.")
                : new RecordedTensors(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The values of a tensor.</summary>
    public float[] Read(string kind, TrainedTensor tensor)
    {
        CheckpointTensor stored = _file.Tensors[$"{kind}.{tensor.Name}"];
        float[] values = new float[stored.ElementCount];
        stored.ReadRowsAsFloat(0, (int)stored.RowCount, values);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void Check(SafetensorsFile file, string name, IReadOnlyList<int> shape)
    {
        string expected = $"[{string.Join(", ", shape)}]";
        if (!file.Tensors.TryGetValue(name, out CheckpointTensor? stored))
        {
            throw new CheckpointFormatException(
                $"{file.Path}: tensor '{name}': expected {expected}, found none. Record the training again, or "
                + "verify the checkpoint that it "
                + "was recorded on.");
        }

        if (!stored.Shape.SequenceEqual(shape.Select(size => (long)size)))
        {
            throw new CheckpointFormatException(
                $"{file.Path}: tensor '{name}': expected {expected}, got [{string.Join(", ", stored.Shape)}]. "
                + "Verify the checkpoint that it "
                + "was recorded on.");
        }
    }
}
