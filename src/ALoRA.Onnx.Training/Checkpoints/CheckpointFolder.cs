using System.Text.Json;
using ALoRA.Onnx.Export;
using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Training.Graphs;
using ALoRA.Onnx.Training.Optimization;

namespace ALoRA.Onnx.Training.Checkpoints;

/// <summary>
/// The checkpoint of a training: all it needs to go on, bit by bit. It is written beside the earlier one and exchanged for it, so that
/// there is a whole one at any time.
/// </summary>
/// <param name="path">The folder.</param>
internal sealed class CheckpointFolder(string path)
{
    private const string StateName = "state.json";
    private const string TensorsName = "tensors.safetensors";

    /// <summary>The checkpoint of a training that writes a folder.</summary>
    public static CheckpointFolder Of(string output) =>
        new(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(output)) + ".checkpoint");

    /// <summary>The folder.</summary>
    public string Path => path;

    /// <summary>Whether there is one.</summary>
    public bool Exists => File.Exists(StatePath);

    private string StatePath => System.IO.Path.Combine(path, StateName);

    private string TensorsPath => System.IO.Path.Combine(path, TensorsName);

    /// <summary>Writes the checkpoint.</summary>
    /// <exception cref="IOException">The disk is full or fails; the earlier checkpoint is still there.</exception>
    public void Write(TrainingState state, IReadOnlyList<TrainedTensor> tensors, AdamW optimizer, IReadOnlyList<float[]> best)
    {
        List<(string, IReadOnlyList<int>, float[])> all = [];
        for (int i = 0; i < tensors.Count; i++)
        {
            all.Add((ValueOf(tensors[i]), tensors[i].Shape, tensors[i].Values));
            all.Add((FirstOf(tensors[i]), tensors[i].Shape, optimizer.FirstMoments[i]));
            all.Add((SecondOf(tensors[i]), tensors[i].Shape, optimizer.SecondMoments[i]));
            all.Add((BestOf(tensors[i]), tensors[i].Shape, best[i]));
        }

        using PartialFolder folder = PartialFolder.Create(
            path, overwrite: true, all.Sum(tensor => (long)tensor.Item3.Length * sizeof(float)), StateName);
        TensorFile.Write(folder[TensorsName], all);
        folder.WriteFile(StateName, JsonSerializer.SerializeToUtf8Bytes(state, StateJson.Default.TrainingState));
        folder.Commit();
    }

    /// <summary>Reads where the training stands.</summary>
    /// <exception cref="FormatException">The file is malformed or of another version.</exception>
    public TrainingState ReadState()
    {
        try
        {
            TrainingState? state = JsonSerializer.Deserialize(File.ReadAllBytes(StatePath), StateJson.Default.TrainingState);
            if (state is not { Version: TrainingState.CurrentVersion })
            {
                throw new CheckpointFormatException(
                    $"{StatePath}: expected version {TrainingState.CurrentVersion}, got {state?.Version}. Begin the training anew.");
            }

            return state.Problem is { } problem
                ? throw new CheckpointFormatException($"{StatePath}: {problem}. Begin the training anew.")
                : state;
        }
        catch (JsonException exception)
        {
            throw new CheckpointFormatException(
                $"{StatePath}: expected the state of a training: {exception.Message} Begin the training anew.", exception);
        }
    }

    /// <summary>Reads the tensors into a session and an optimizer.</summary>
    /// <exception cref="FormatException">The file is malformed or has other tensors.</exception>
    public void ReadTensors(IReadOnlyList<TrainedTensor> tensors, AdamW optimizer, IReadOnlyList<float[]> best)
    {
        using SafetensorsFile file = SafetensorsFile.Open(TensorsPath);
        for (int i = 0; i < tensors.Count; i++)
        {
            TensorFile.Read(file, ValueOf(tensors[i]), tensors[i].Values);
            TensorFile.Read(file, FirstOf(tensors[i]), optimizer.FirstMoments[i]);
            TensorFile.Read(file, SecondOf(tensors[i]), optimizer.SecondMoments[i]);
            TensorFile.Read(file, BestOf(tensors[i]), best[i]);
        }
    }

    /// <summary>Removes the checkpoint, if there is one.</summary>
    public void Delete()
    {
        if (Exists)
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static string ValueOf(TrainedTensor tensor) => "value." + tensor.Name;

    private static string FirstOf(TrainedTensor tensor) => "first." + tensor.Name;

    private static string SecondOf(TrainedTensor tensor) => "second." + tensor.Name;

    private static string BestOf(TrainedTensor tensor) => "best." + tensor.Name;
}
