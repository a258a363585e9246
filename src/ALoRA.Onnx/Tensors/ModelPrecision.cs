namespace ALoRA.Onnx;

/// <summary>How an exported model stores its weights and computes.</summary>
public sealed record ModelPrecision
{
    /// <summary>Name of the export's precision, such as <c>float32</c> or <c>int4</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Storage of the projections' weights.</summary>
    public required string Weights { get; init; }

    /// <summary>Storage of the token embedding.</summary>
    public required string Embedding { get; init; }

    /// <summary>Storage of the output head.</summary>
    public required string Head { get; init; }

    /// <summary>
    /// Element type T of activations, logits, adapters and activation mask: <c>float32</c>, <c>float16</c> or <c>bfloat16</c>.
    /// </summary>
    public required string Activations { get; init; }

    /// <summary>Element type of the KV cache.</summary>
    public required string KvCache { get; init; }

    /// <summary>Weights that share one scale; null where nothing is quantized.</summary>
    public int? BlockSize { get; init; }

    /// <summary>Whether quantized blocks have no zero point of their own; null where nothing is quantized.</summary>
    public bool? Symmetric { get; init; }

    /// <summary>The <c>accuracy_level</c> of MatMulNBits; null where nothing is quantized.</summary>
    public int? AccuracyLevel { get; init; }

    /// <summary>
    /// The <c>accuracy_level</c> of long runs of a prompt, where it is another one than <see cref="AccuracyLevel"/>; null where it is not.
    /// </summary>
    public int? PrefillAccuracyLevel { get; init; }

    /// <summary>
    /// How codes and scales were chosen: <c>rtn</c> (round to nearest), <c>mse</c> (least squared error) or <c>gptq</c> (least error of the
    /// outputs on a calibration text); null where nothing was quantized or the exporter did not record it.
    /// </summary>
    public string? QuantizationMethod { get; init; }

    /// <summary>What the calibration text of <c>gptq</c> was; null for other methods.</summary>
    public string? Calibration { get; init; }
}
