using ALoRA.Onnx.Export.Adapters;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Training.Checkpoints;

namespace ALoRA.Onnx.Training;

/// <summary>Where a training's results go.</summary>
/// <param name="Model">The model folder.</param>
/// <param name="Output">The folder of the results, an absolute path.</param>
/// <param name="Name">Name of the adapter.</param>
/// <param name="Options">What may be replaced.</param>
internal sealed record TrainingTarget(string Model, string Output, string Name, TrainingOptions Options)
{
    /// <summary>The adapter's folder in the model folder.</summary>
    public string Adapter => Path.Combine(Model, "adapters", Name);

    /// <exception cref="ArgumentException">The name cannot be that of a folder on every system.</exception>
    public static TrainingTarget Of(string model, string output, TrainingOptions options)
    {
        output = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        string name = options.Name is { } given
            ? AdapterName.Check(given, nameof(options))
            : AdapterName.FromFolder(output, nameof(output));
        return new TrainingTarget(model, output, name, options);
    }

    /// <summary>Refuses what would be refused after hours of training otherwise.</summary>
    /// <exception cref="IOException">Something is there that may not be replaced, or there is no checkpoint.</exception>
    public void Check(CheckpointFolder checkpoint)
    {
        if (Options.Resume && !checkpoint.Exists)
        {
            throw new IOException($"{checkpoint.Path}: expected the checkpoint of an interrupted training, found none. Begin it anew.");
        }

        if (!Options.Resume && !Options.Overwrite && checkpoint.Exists)
        {
            throw new IOException(
                $"{checkpoint.Path} is the checkpoint of an interrupted training. Resume it, or delete it or allow overwriting to begin "
                + "anew.");
        }

        if (!Options.Overwrite && Directory.Exists(Adapter))
        {
            throw new IOException($"{Adapter} exists. Give the adapter another name or allow overwriting.");
        }

        if (Path.GetFileName(Output) is ['.', ..])
        {
            throw new IOException($"{Output}: its name begins with a dot, as those of unfinished folders do. Choose another name.");
        }

        string adapters = Path.GetDirectoryName(Adapter)!;
        if ((Output + Path.DirectorySeparatorChar).StartsWith(adapters + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new IOException(
                $"{Output} is where the model's own adapters are, and the converted one is put there anyway. Choose a folder outside "
                + $"{adapters}.");
        }

        bool isEmpty = !Directory.Exists(Output) || !Directory.EnumerateFileSystemEntries(Output).Any();
        if (File.Exists(Output) || (!isEmpty && (!Options.Overwrite || !File.Exists(Path.Combine(Output, PeftAdapterConfig.FileName)))))
        {
            throw new IOException(
                $"{Output} exists and is not empty{(Options.Overwrite ? ", and is no adapter" : "")}. Choose another folder"
                + $"{(Options.Overwrite ? "" : " or allow overwriting")}.");
        }
    }
}
