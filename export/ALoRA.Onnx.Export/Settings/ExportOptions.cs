namespace ALoRA.Onnx.Export;

/// <summary>How a checkpoint is exported. The defaults give a float32 model with all adapter groups.</summary>
public sealed class ExportOptions
{
    /// <summary>Precision of weights and activations. Default: <see cref="ExportPrecision.Float32"/>.</summary>
    public ExportPrecision Precision { get; init; } = ExportPrecision.Float32;

    /// <summary>
    /// Element type of activations, KV cache and adapters if the weights are quantized in blocks: <see cref="ExportPrecision.Float32"/>
    /// (CPU), <see cref="ExportPrecision.Float16"/> or <see cref="ExportPrecision.BFloat16"/> (CUDA). Default: null, which is float32, or
    /// <see cref="Precision"/> itself if that is not quantized.
    /// </summary>
    public ExportPrecision? ActivationPrecision { get; init; }

    /// <summary>
    /// Number of elements along the input features that share a scale: 16, 32, 64, 128 or 256. Default: 32.
    /// Only for weights that are quantized in blocks; GGUF blocks keep their own size.
    /// </summary>
    public int BlockSize { get; init; } = 32;

    /// <summary>
    /// Whether quantization is symmetric: zero is the middle of the range of codes in every block. Default: true. If false, each block has
    /// a zero point: smaller errors for a quarter to half a bit more per weight, and slower matrix products.
    /// </summary>
    public bool Symmetric { get; init; } = true;

    /// <summary>How scales and codes of 4-bit blocks are chosen. Default: <see cref="QuantizationMethod.LeastSquares"/>.</summary>
    public QuantizationMethod Quantization { get; init; } = QuantizationMethod.LeastSquares;

    /// <summary>
    /// Calibration text and runtime for <see cref="QuantizationMethod.Gptq"/>,
    /// which requires it; other methods don't use it. Default: null.
    /// </summary>
    public ICalibration? Calibration { get; init; }

    /// <summary>
    /// The attribute <c>accuracy_level</c> of the operator MatMulNBits, from 0 to 4: 0 computes products in the activations' type, 4 rounds
    /// activations to 8 bits per block, with errors of about 0.5 % of the largest output, and decodes up to 1.6 times as fast on a CPU.
    /// Default: null, which is 4 for decoding and 0 for long runs of a prompt where activations are float32, and 0 for other activations.
    /// The two need a packed copy of 4-bit weights each; one level for all runs needs one.
    /// </summary>
    public int? AccuracyLevel { get; init; }

    /// <summary>
    /// Precision of the embedding table. Default: null, which is int8 for int4 and int8, otherwise <see cref="Precision"/>.
    /// </summary>
    public ExportPrecision? EmbeddingPrecision { get; init; }

    /// <summary>
    /// Precision of the language-model head. Default: null, which is int8 for int4 and int8, otherwise <see cref="Precision"/>.
    /// Tied weights are stored once if embedding and head have the same precision.
    /// </summary>
    public ExportPrecision? HeadPrecision { get; init; }

    /// <summary>
    /// Names of the adapter groups that get inputs for LoRA weights: <c>qkv</c>, <c>o</c>, <c>gate_up</c>, <c>down</c>.
    /// Default: null, all of them. Leaving out a group saves four nodes per layer; its modules can't be adapted then.
    /// </summary>
    public IReadOnlyCollection<string>? AdapterGroups { get; init; }

    /// <summary>
    /// Whether the adapter groups also get inputs for a bias after the mask, which adapters trained with <c>lora_bias</c> need.
    /// Default: false, unless one of <see cref="Adapters"/> needs it. Costs one small node per group and layer.
    /// </summary>
    public bool AdapterBias { get; init; }

    /// <summary>
    /// Whether <c>fanout.onnx</c> is written, with which the runtime invokes several adapters on one conversation as one batch.
    /// With <see cref="Fused"/>, for CUDA, <c>branches.onnx</c>, whose branches read their conversation once. Default: true. They hold no
    /// weights. Without them, adapters are invoked one after another.
    /// </summary>
    public bool Fanout { get; init; } = true;

    /// <summary>
    /// Whether <c>fused.onnx</c> is written, with which the runtime computes a token of an adapter in about the time of one of the base, by
    /// operators of its own: for the processor where activations are float32, which have <c>fused_bfloat16.onnx</c> too, else for CUDA.
    /// With it, for the processor, <c>batch.onnx</c> and <c>batch_bfloat16.onnx</c> are written, which compute the steps of an engine; for
    /// CUDA, <c>step.onnx</c>, in which products, norms and attention of a few rows of the base are operators of the library's own, too.
    /// Default: true. They hold no weights. Without them, and where the operators cannot be used, <c>model.onnx</c> computes the same.
    /// </summary>
    public bool Fused { get; init; } = true;

    /// <summary>
    /// Whether <c>step.onnx</c> and <c>branches.onnx</c> are written in float32, too, where only tests run it. Default: false.
    /// </summary>
    internal bool StepInFloat32 { get; init; }

    /// <summary>
    /// Whether <c>genai.onnx</c> and <c>genai_config.json</c> are written, with which ONNX Runtime GenAI (0.15 and later) opens
    /// the folder as it is. Default: false. They hold no weights. An adapter's <c>.onnx_adapter</c> file loaded there acts on all
    /// tokens appended after it was made active: an aLoRA's invocation tokens must be the first of them.
    /// </summary>
    public bool GenAI { get; init; }

    /// <summary>
    /// Longest context of the model in tokens, at least 1. Default: null, the checkpoint's own. A shorter one makes the rotary tables
    /// smaller, which take 64 MiB for heads of 128 elements and 131,072 positions in float32. If the rotary frequencies of the model change
    /// with the length of the context (longrope), a context up to <c>original_max_position_embeddings</c> removes that switch.
    /// </summary>
    public int? MaxContextLength { get; init; }

    /// <summary>
    /// Adapters that are converted into the model folder. Default: none.
    /// If one cannot be converted, the export fails before the weights are read.
    /// </summary>
    public IReadOnlyList<ExportAdapter> Adapters { get; init; } = [];

    /// <summary>
    /// Whether an existing model folder at the target is replaced, including its adapters. Default: false, the export is refused.
    /// </summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// Whether unknown keys of <c>config.json</c>, or of the model's own architecture in a GGUF file's metadata, are only warnings in the
    /// report. Default: false, they are errors, because an ignored key may change the numbers.
    /// </summary>
    public bool AllowUnknownConfig { get; init; }

    /// <summary>
    /// Whether tensors of the checkpoint that the graph doesn't use are only warnings in the report. Default: false, they are errors.
    /// </summary>
    public bool AllowUnknownTensors { get; init; }
}
