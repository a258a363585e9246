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
}
