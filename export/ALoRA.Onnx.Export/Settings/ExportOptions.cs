namespace ALoRA.Onnx.Export;

/// <summary>What an export should look like. The defaults give a float32 model with all adapter groups.</summary>
public sealed class ExportOptions
{
    /// <summary>How weights are held and activations computed. Default: <see cref="ExportPrecision.Float32"/>.</summary>
    public ExportPrecision Precision { get; init; } = ExportPrecision.Float32;

    /// <summary>
    /// Element type of activations, KV cache and adapters for weights in blocks, of <see cref="ExportPrecision.Float32"/> (CPU),
    /// <see cref="ExportPrecision.Float16"/> and <see cref="ExportPrecision.BFloat16"/> (CUDA). Default: null, float32, or what
    /// <see cref="Precision"/> says by itself.
    /// </summary>
    public ExportPrecision? ActivationPrecision { get; init; }

    /// <summary>
    /// Elements along the input features that share a scale, of 16, 32, 64, 128 and 256. Default: 32.
    /// Only for weights in blocks; GGUF blocks keep their own.
    /// </summary>
    public int BlockSize { get; init; } = 32;

    /// <summary>
    /// Whether zero is the middle of the range of codes in every block. Default: true. False gives each block a zero point of its own:
    /// smaller errors for a quarter to half a bit more per weight, and slower products.
    /// </summary>
    public bool Symmetric { get; init; } = true;

    /// <summary>How codes and scales of 4-bit blocks are chosen. Default: <see cref="QuantizationMethod.LeastSquares"/>.</summary>
    public QuantizationMethod Quantization { get; init; } = QuantizationMethod.LeastSquares;

    /// <summary>
    /// Calibration text and runtime for <see cref="QuantizationMethod.Gptq"/>,
    /// which cannot do without; other methods don't use it. Default: null.
    /// </summary>
    public ICalibration? Calibration { get; init; }

    /// <summary>
    /// MatMulNBits' attribute of this name. Default: 0, products are computed in the activations' type. 4 rounds activations to 8 bits
    /// per block: faster on some processors, with errors of about 0.5 % of the largest output.
    /// </summary>
    public int AccuracyLevel { get; init; }

    /// <summary>
    /// How the embedding table is held. Default: null, int8 for int4 and int8, otherwise as <see cref="Precision"/> says.
    /// </summary>
    public ExportPrecision? EmbeddingPrecision { get; init; }

    /// <summary>
    /// How the head is held. Default: null, int8 for int4 and int8, otherwise as <see cref="Precision"/> says.
    /// Tied weights are stored once if embedding and head are held alike.
    /// </summary>
    public ExportPrecision? HeadPrecision { get; init; }

    /// <summary>
    /// Names of the adapter groups that get LoRA inputs, of <c>qkv</c>, <c>o</c>, <c>gate_up</c> and <c>down</c>.
    /// Default: null, all of them. A group left out saves four nodes a layer and cannot be adapted.
    /// </summary>
    public IReadOnlyCollection<string>? AdapterGroups { get; init; }

    /// <summary>
    /// Whether the adapter groups also get inputs for a bias behind the mask, which adapters trained with <c>lora_bias</c> need.
    /// Default: false, unless one of <see cref="Adapters"/> needs it. Costs one small node a group and layer.
    /// </summary>
    public bool AdapterBias { get; init; }

    /// <summary>
    /// Whether <c>fanout.onnx</c> is written, with which the runtime asks several adapters about one conversation in the same runs.
    /// Default: true. It holds no weights; without it they are asked one after another.
    /// </summary>
    public bool Fanout { get; init; } = true;

    /// <summary>
    /// Whether <c>genai.onnx</c> and <c>genai_config.json</c> are written, with which ONNX Runtime GenAI (0.15 and later) opens
    /// the folder as it is. Default: false. They hold no weights. An adapter's <c>.onnx_adapter</c> file loaded there acts on all
    /// tokens appended after it was made active: an aLoRA's invocation tokens must be the first of them.
    /// </summary>
    public bool GenAI { get; init; }

    /// <summary>
    /// Longest context of the model in tokens, at least 1. Default: null, the checkpoint's own. A shorter one saves the rotary tables' rows
    /// beyond it: 64 MiB for a head of 128 elements and 131,072 positions in float32. For a model whose rotary frequencies switch
    /// with the length of the context (longrope), one up to <c>original_max_position_embeddings</c> leaves out the switch.
    /// </summary>
    public int? MaxContextLength { get; init; }

    /// <summary>
    /// Adapters that are converted into the model folder. Default: none.
    /// One that cannot be converted fails the export before the weights are read.
    /// </summary>
    public IReadOnlyList<ExportAdapter> Adapters { get; init; } = [];

    /// <summary>
    /// Whether an existing model folder at the target is replaced, with the adapters in it. Default: false, the export is refused.
    /// </summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// Whether keys of <c>config.json</c> that the exporter doesn't know are a warning in the report. Default: false, they are an error,
    /// because a key that is ignored may change the numbers.
    /// </summary>
    public bool AllowUnknownConfig { get; init; }

    /// <summary>
    /// Whether tensors of the checkpoint that the graph doesn't use are a warning in the report. Default: false, they are an error.
    /// </summary>
    public bool AllowUnknownTensors { get; init; }
}
