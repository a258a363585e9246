namespace ALoRA.Onnx.Training;

/// <summary>What a training did; also the content of its <c>report.json</c>.</summary>
public sealed record TrainingReport
{
    /// <summary>Name of the adapter in the model folder.</summary>
    public required string Name { get; init; }

    /// <summary>Activated LoRA or plain LoRA.</summary>
    public required AdapterKind Kind { get; init; }

    /// <summary>Folder with <c>adapter_model.safetensors</c>, <c>adapter_config.json</c>, report and plot; an absolute path.</summary>
    public required string Folder { get; init; }

    /// <summary>The adapter's folder in the model folder; an absolute path.</summary>
    public required string AdapterFolder { get; init; }

    /// <summary>Name of the base.</summary>
    public required string BaseName { get; init; }

    /// <summary>
    /// How the base's weights are stored, such as <c>int4</c>: an adapter that was trained on it is meant for it.
    /// </summary>
    public required string BasePrecision { get; init; }

    /// <summary>Ids from which on an activated LoRA acts; empty for a plain LoRA.</summary>
    public required IReadOnlyList<int> InvocationTokens { get; init; }

    /// <summary>Options that decide the result, by name.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    /// <summary>Trained weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>Rows that were trained on.</summary>
    public required int Rows { get; init; }

    /// <summary>Rows that were held out.</summary>
    public required int HeldOutRows { get; init; }

    /// <summary>Rows that were too long and left out.</summary>
    public required int LeftOutRows { get; init; }

    /// <summary>Rows that were held out and therefore not trained on.</summary>
    public required int SharedRows { get; init; }

    /// <summary>Rows of which the prompt was cut.</summary>
    public required int CutRows { get; init; }

    /// <summary>SHA-256 of the rows' ids.</summary>
    public required string DataHash { get; init; }

    /// <summary>Steps that were made.</summary>
    public required int Steps { get; init; }

    /// <summary>Step after which the adapter that was kept was found.</summary>
    public required int BestStep { get; init; }

    /// <summary>Loss of the last step.</summary>
    public required double Loss { get; init; }

    /// <summary>Its loss over the rows held out, by teacher forcing; null where none were.</summary>
    public double? HeldOutLoss { get; init; }

    /// <summary>Share of those rows that were right as a whole, by teacher forcing; null where none were.</summary>
    public double? HeldOutAccuracy { get; init; }

    /// <summary>The adapter's answers through the runtime; null where no rows were held out.</summary>
    public TrainingMeasures? Adapter { get; init; }

    /// <summary>The base's answers to the same prompts; null where no rows were held out.</summary>
    public TrainingMeasures? Base { get; init; }

    /// <summary>Time of all steps and evaluations, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Largest memory of the process, in bytes.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>Whether it stopped before all steps, as evaluations had not become better.</summary>
    public required bool StoppedEarly { get; init; }

    /// <summary>What ended it before its time, such as a loss that became no number; null for nothing.</summary>
    public string? Problem { get; init; }

    /// <summary>
    /// By how much less memory of the device was free at the end than before, in bytes; what other programs took meanwhile counts, too.
    /// Null on the processor, and where others gave more back than this took.
    /// </summary>
    public long? DeviceMemoryBytes { get; init; }
}
