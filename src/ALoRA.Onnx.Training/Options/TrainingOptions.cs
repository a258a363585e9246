namespace ALoRA.Onnx.Training;

/// <summary>What an <see cref="AdapterTrainer"/> trains, and how. Does not change; any thread.</summary>
public sealed record TrainingOptions
{
    /// <summary>Name of the adapter in the model folder. Default: null, the name of the folder that is written.</summary>
    public string? Name { get; init; }

    /// <summary>Activated LoRA or plain LoRA. Default: <see cref="AdapterKind.Alora"/>.</summary>
    public AdapterKind Kind { get; init; } = AdapterKind.Alora;

    /// <summary>
    /// Text from which on an activated LoRA acts, special tokens spelled out. Default: null, that of <see cref="InitialAdapter"/>, or with
    /// <see cref="IoYaml"/> the opening of the assistant's turn; null and neither of them is refused. A plain LoRA has it appended to its
    /// prompts, and without it the opening of the assistant's turn.
    /// </summary>
    public string? Invocation { get; init; }

    /// <summary>An <c>io.yaml</c> that says how requests are rewritten. Default: null, prompts are rendered as they are.</summary>
    public string? IoYaml { get; init; }

    /// <summary>
    /// Where the invocation stands. Default: null, inside the prompt if the chat template
    /// writes it there or an <c>io.yaml</c> says so, appended otherwise.
    /// </summary>
    public InvocationPlacement? Placement { get; init; }

    /// <summary>Rank of all modules, 1 to 1,024. Default: null, 32 for an activated LoRA and 16 for a plain one.</summary>
    public int? Rank { get; init; }

    /// <summary>PEFT's <c>lora_alpha</c>: the product of A and B is scaled by alpha / rank. Default: 32.</summary>
    public double Alpha { get; init; } = 32;

    /// <summary>Whether the scale is alpha / √rank (rsLoRA). Default: false.</summary>
    public bool RankStabilized { get; init; }

    /// <summary>
    /// Modules to train: <c>all</c> (every projection of the layers), <c>qkv</c>, or names as PEFT's <c>target_modules</c> has them, such
    /// as <c>q_proj</c>. Default: <c>all</c>.
    /// </summary>
    public IReadOnlyList<string> Targets { get; init; } = ["all"];

    /// <summary>Layers to train, counted from 0. Default: null, all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>A PEFT folder to go on from; its settings replace rank, alpha, targets and kind. Default: null, from scratch.</summary>
    public string? InitialAdapter { get; init; }

    /// <summary>Share of the inputs of A that a step leaves out, from 0 to below 1. Default: 0.</summary>
    public double Dropout { get; init; }

    /// <summary>The highest learning rate. Default: 2e-4.</summary>
    public double LearningRate { get; init; } = 2e-4;

    /// <summary>How the rate goes on after the warm-up. Default: <see cref="TrainingSchedule.Cosine"/>.</summary>
    public TrainingSchedule Schedule { get; init; } = TrainingSchedule.Cosine;

    /// <summary>
    /// Steps over which the rate rises from 0. Default: null, 3 % of the steps and at least 10, but no more than half of them.
    /// </summary>
    public int? WarmupSteps { get; init; }

    /// <summary>AdamW's weight decay. Default: 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Norm to which a step's gradients are clipped, all tensors together; null for none. Default: 1.</summary>
    public double? ClipNorm { get; init; } = 1;

    /// <summary>How often all rows are gone through, unless <see cref="Steps"/> is given. Default: 3.</summary>
    public int Epochs { get; init; } = 3;

    /// <summary>Steps of the optimizer. Default: null, those of <see cref="Epochs"/>.</summary>
    public int? Steps { get; init; }

    /// <summary>Rows of a step. Default: 8.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>
    /// Rows that run at once; gradients add up, so that the result differs in rounding alone.
    /// Default: null, the rows of a step, but at most 8.
    /// </summary>
    public int? MicroBatchSize { get; init; }

    /// <summary>A file of rows that are held out. Default: null, <see cref="ValidationShare"/> of the data is.</summary>
    public string? ValidationFile { get; init; }

    /// <summary>
    /// What becomes of rows to train on that <see cref="ValidationFile"/> has too. Default: <see cref="SharedRowHandling.Refuse"/>.
    /// </summary>
    public SharedRowHandling SharedRows { get; init; } = SharedRowHandling.Refuse;

    /// <summary>Share of the data that is held out, from 0 (none) to below 1. Default: 0.1, at most 500 rows.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Evaluations without a better loss after which training stops; null for never. Default: 3.</summary>
    public int? Patience { get; init; } = 3;

    /// <summary>Steps from one evaluation and checkpoint to the next. Default: null, a tenth of the steps, at least 10.</summary>
    public int? EvaluationSteps { get; init; }

    /// <summary>Where the numbers of initialisation, shuffling and dropout begin. Default: 0.</summary>
    public int Seed { get; init; }

    /// <summary>Tokens that a row may have. Default: null, the model's longest context.</summary>
    public int? MaxLength { get; init; }

    /// <summary>What becomes of a row that is too long. Default: <see cref="LongRowHandling.Refuse"/>.</summary>
    public LongRowHandling LongRows { get; init; } = LongRowHandling.Refuse;

    /// <summary>Memory for keys and values of prefixes, in bytes; those beyond go to a file. Default: 2 GiB.</summary>
    public long PrefixCacheBytes { get; init; } = 2L << 30;

    /// <summary>
    /// Bytes of the file for prefixes that do not fit into memory; those beyond are computed anew each epoch. Default: 16 GiB.
    /// </summary>
    public long PrefixFileBytes { get; init; } = 16L << 30;

    /// <summary>
    /// What computes. Default: <see cref="ExecutionProvider.Auto"/>, the processor for models in float32 and CUDA for those in float16 and
    /// bfloat16. CUDA takes models of all types; TF32 is off unless its option <c>use_tf32</c> is 1.
    /// </summary>
    public ExecutionProvider ExecutionProvider { get; init; } = ExecutionProvider.Auto;

    /// <summary>
    /// Memory of the device for keys and values of prefixes, in bytes; those beyond go to <see cref="PrefixCacheBytes"/>. Default: 8 GiB.
    /// </summary>
    public long DevicePrefixBytes { get; init; } = 8L << 30;

    /// <summary>Whether the processor computes a device's graphs in its place: for tests, as it is slower.</summary>
    internal bool UsesDeviceGraphs { get; init; }

    /// <summary>Threads that compute; results are equal bit by bit for equal numbers only. Default: null, the physical cores.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Whether the training goes on from the checkpoint beside the output folder,
    /// which must be of the same data, base and options. Default: false.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>Whether an adapter of that name and a folder from an earlier training are replaced. Default: false.</summary>
    public bool Overwrite { get; init; }
}
