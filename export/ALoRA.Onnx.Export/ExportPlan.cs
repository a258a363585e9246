namespace ALoRA.Onnx.Export;

/// <summary>What an export would write.</summary>
public sealed record ExportPlan
{
    /// <summary>The checkpoint's <c>model_type</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Number of weights of the model; tied weights count once.</summary>
    public required long Parameters { get; init; }

    /// <summary>Number of checkpoint tensors used.</summary>
    public required int Tensors { get; init; }

    /// <summary>Checkpoint bytes to read.</summary>
    public required long CheckpointBytes { get; init; }

    /// <summary>Bytes of the weights file; graph, tokenizer and manifest are small beside it.</summary>
    public required long WeightsBytes { get; init; }

    /// <summary>What the export would accept and its user should know; empty if nothing.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
