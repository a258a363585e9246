using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Training.Checkpoints;

/// <summary>
/// Where a training stands between two steps; with the tensors of the checkpoint it goes on as if it had not been interrupted.
/// </summary>
internal sealed class TrainingState
{
    /// <summary>The version of <c>state.json</c> that is written and read.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Version of the file.</summary>
    public int Version { get; set; } = CurrentVersion;

    /// <summary>Steps that were made.</summary>
    public int Step { get; set; }

    /// <summary>Epoch of the next step, from 0.</summary>
    public int Epoch { get; set; }

    /// <summary>Its first row's position in the epoch's order.</summary>
    public int Position { get; set; }

    /// <summary>Backward runs so far, by which dropout differs.</summary>
    public ulong Runs { get; set; }

    /// <summary>Steps before the last evaluation.</summary>
    public int EvaluatedStep { get; set; }

    /// <summary>Step after which the best adapter was found; 0 for none.</summary>
    public int BestStep { get; set; }

    /// <summary>Its loss over the rows held out.</summary>
    public double? BestLoss { get; set; }

    /// <summary>Evaluations since then.</summary>
    public int WorseEvaluations { get; set; }

    /// <summary>Whether patience has run out.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Time of all steps and evaluations.</summary>
    public double Seconds { get; set; }

    /// <summary>Hash of the data.</summary>
    public string Data { get; set; } = "";

    /// <summary>Fingerprint and precision of the base.</summary>
    public string Base { get; set; } = "";

    /// <summary>Options that decide the result.</summary>
    public SortedDictionary<string, string> Options { get; set; } = new(StringComparer.Ordinal);

    /// <summary>What each step gave.</summary>
    public List<StepFigures> Steps { get; set; } = [];

    /// <summary>What each evaluation gave.</summary>
    public List<EvaluationFigures> Evaluations { get; set; } = [];

    /// <summary>What a file says that no training writes, by its key; null for nothing.</summary>
    [JsonIgnore]
    public string? Problem =>
        Data is null ? "'data': expected a text, got null"
        : Base is null ? "'base': expected a text, got null"
        : Options is null ? "'options': expected an object, got null"
        : Steps is null || Steps.Contains(null!) ? "'steps': expected a list of steps, got null in it"
        : Evaluations is null || Evaluations.Contains(null!) ? "'evaluations': expected a list of evaluations, got null in it"
        : Step < 0 || Step != Steps.Count ? $"'step': expected {Steps.Count}, the steps that 'steps' lists, got {Step}"
        : EvaluatedStep < 0 || EvaluatedStep > Step ? $"'evaluated_step': expected 0 to {Step}, got {EvaluatedStep}"
        : BestStep < 0 || BestStep > Step ? $"'best_step': expected 0 to {Step}, got {BestStep}"
        : null;
}
