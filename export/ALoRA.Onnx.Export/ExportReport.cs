namespace ALoRA.Onnx.Export;

/// <summary>What an export wrote.</summary>
public sealed record ExportReport
{
    /// <summary>The model folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The checkpoint's <c>model_type</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>The files of the folder by name.</summary>
    public required IReadOnlyList<ExportedFile> Files { get; init; }

    /// <summary>Number of weights of the model; tied weights count once.</summary>
    public required long Parameters { get; init; }

    /// <summary>Number of checkpoint tensors used.</summary>
    public required int Tensors { get; init; }

    /// <summary>Checkpoint bytes read.</summary>
    public required long CheckpointBytes { get; init; }

    /// <summary>What the export accepted and its user should know; empty if nothing.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Time from start to end.</summary>
    public required TimeSpan Duration { get; init; }
}
