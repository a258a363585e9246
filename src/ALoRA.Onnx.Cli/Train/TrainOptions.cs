using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Training;

namespace ALoRA.Onnx.Cli.Train;

/// <summary>The options of <c>alora train</c> that say what is trained, and how.</summary>
internal sealed class TrainOptions
{
    private const string Alora = "alora";
    private const string Lora = "lora";
    private const string Append = "append";
    private const string Inside = "inside";
    private const string Refuse = "refuse";
    private const string CutLeft = "cut-left";
    private const string LeaveOut = "leave-out";
    private const long Megabyte = 1_000_000;

    private static readonly TrainingOptions Defaults = new();

    private readonly Option<string?> _name = Text("--name", "Name of the adapter in the model folder. Default: the output folder's.");
    private readonly Option<string> _kind = new Option<string>("--kind")
    {
        Description = "alora acts from its invocation on and leaves the prompt's cache to the base; lora acts on every token and costs "
            + "what whole sequences cost.",
        DefaultValueFactory = _ => Alora,
    }.OneOf(Alora, Lora);

    private readonly Option<string?> _invocation = Text(
        "--invocation", "Text from which on an aLoRA acts, special tokens spelled out; a plain LoRA has it appended.");
    private readonly Option<string?> _definition = Text("--io-yaml", "An io.yaml that says how requests are rewritten.");
    private readonly Option<string?> _placement = new Option<string?>("--placement")
    {
        Description = "append the invocation to the prompt, or find it inside. Default: append, but inside for rendered prompts.",
    }.OneOf(Append, Inside);

    private readonly Option<string?> _from = Text("--from", "A PEFT folder to go on from, with its rank, alpha, targets and kind.");
    private readonly Option<int?> _rank = new Option<int?>("--rank")
    {
        Description = "Rank. Default: 32, of a plain LoRA 16.",
    }.Within(rank => rank is >= 1 and <= 1024, "from 1 to 1024");
    private readonly Option<double> _alpha = Number("--alpha", "The product of A and B is scaled by alpha / rank.", Defaults.Alpha)
        .Positive();
    private readonly Option<bool> _rslora = new("--rslora") { Description = "Scale by alpha / √rank." };
    private readonly Option<string[]> _targets = new("--targets")
    {
        Description = "all, qkv, or names as PEFT's target_modules has them, or one regular expression.",
        DefaultValueFactory = _ => [.. Defaults.Targets],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int[]> _layers = new("--layers")
    {
        Description = "Layers to train, counted from 0. Default: all.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<double> _dropout = Number("--dropout", "Share of A's inputs that a step leaves out.", 0)
        .Within(share => share is >= 0 and < 1, "from 0 to below 1");
    private readonly Option<double> _rate = Number("--lr", "The highest learning rate, such as 2e-4 or 0.0002.", Defaults.LearningRate)
        .Positive();
    private readonly Option<int?> _epochs =
        new Option<int?>("--epochs") { Description = $"How often all rows are gone through. Default: {Defaults.Epochs}." }.AtLeast(1);
    private readonly Option<int?> _steps =
        new Option<int?>("--steps") { Description = "Steps of the optimizer, in place of epochs." }.AtLeast(1);
    private readonly Option<int> _batch = new Option<int>("--batch")
    {
        Description = "Rows of a step.",
        DefaultValueFactory = _ => Defaults.BatchSize,
    }.AtLeast(1);

    private readonly Option<int?> _microBatch = new Option<int?>("--micro-batch")
    {
        Description = "Rows that run at once; gradients add up. Default: up to 8, fewer if they are long.",
    }.AtLeast(1);

    private readonly Option<string> _schedule = new Option<string>("--schedule")
    {
        Description = "How the rate goes on after the warm-up: constant, linear or cosine.",
        DefaultValueFactory = _ => "cosine",
    }.OneOf("constant", "linear", "cosine");

    private readonly Option<int?> _warmup = new Option<int?>("--warmup")
    {
        Description = "Steps over which the rate rises. Default: 3 %, at least 10, at most half.",
    }.AtLeast(0);

    private readonly Option<double> _decay = Number("--weight-decay", "AdamW's weight decay.", 0)
        .Within(decay => decay is >= 0 and < 1, "from 0 to below 1");
    private readonly Option<double> _clip = Number("--clip", "Norm to which gradients are clipped; 0 for none.", Defaults.ClipNorm!.Value)
        .Within(norm => norm >= 0, "0 or more");
    private readonly Option<string?> _validation = Text(
        "--validation", "A file of rows to hold out, or the share of the data from 0 to below 1. Default: 0.1, at most 500 rows.");
    private readonly Option<string> _sharedRows = new Option<string>("--shared-rows")
    {
        Description = "What becomes of rows that the file of --validation has too: refuse, or leave-out of those that are trained on.",
        DefaultValueFactory = _ => Refuse,
    }.OneOf(Refuse, LeaveOut);

    private readonly Option<int> _patience = new Option<int>("--patience")
    {
        Description = "Evaluations without a better loss after which it stops; 0 for never.",
        DefaultValueFactory = _ => Defaults.Patience!.Value,
    }.AtLeast(0);

    private readonly Option<int?> _evaluation = new Option<int?>("--evaluation-steps")
    {
        Description = "Steps from one evaluation and checkpoint to the next. Default: a tenth of the steps, at least 10.",
    }.AtLeast(1);

    private readonly Option<int> _seed = new("--seed") { Description = "Where the numbers of start, order and dropout begin." };
    private readonly Option<int?> _length = new Option<int?>("--max-length")
    {
        Description = "Tokens that a row may have. Default: the model's longest context.",
    }.AtLeast(2);

    private readonly Option<string> _longRows = new Option<string>("--long-rows")
    {
        Description = "What becomes of longer rows: refuse, cut-left (never the invocation) or leave-out.",
        DefaultValueFactory = _ => Refuse,
    }.OneOf(Refuse, CutLeft, LeaveOut);

    private readonly Option<int> _cache = new Option<int>("--prefix-cache")
    {
        Description = "Memory for keys and values of prompts, in MB.",
        DefaultValueFactory = _ => (int)(Defaults.PrefixCacheBytes / Megabyte),
    }.AtLeast(0);

    private readonly Option<int> _file = new Option<int>("--prefix-file")
    {
        Description = "Most MB of the file for those that do not fit; what does not fit there is computed anew each epoch.",
        DefaultValueFactory = _ => (int)(Defaults.PrefixFileBytes / Megabyte),
    }.AtLeast(0);

    private readonly Option<int?> _threads =
        new Option<int?>("--threads") { Description = "Threads that compute. Default: the physical cores." }.AtLeast(1);
    private readonly DeviceOptions _device;
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on from the checkpoint that Ctrl+C left." };
    private readonly Option<bool> _force = CommonOptions.Force();

    /// <summary>Adds the options to a command.</summary>
    public TrainOptions(Command command)
    {
        Option[] all =
        [
            _name, _kind, _invocation, _definition, _placement, _from, _rank, _alpha, _rslora, _targets, _layers, _dropout, _rate, _epochs,
            _steps, _batch, _microBatch, _schedule, _warmup, _decay, _clip, _validation, _sharedRows, _patience, _evaluation, _seed,
            _length, _longRows,
            _cache, _file, _threads, _resume, _force,
        ];
        foreach (Option option in all)
        {
            command.Add(option);
        }

        _device = new DeviceOptions(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_epochs) is not null && result.GetValue(_steps) is not null)
            {
                result.AddError("--epochs and --steps exclude each other.");
            }
        });
    }

    /// <summary>Whether an aLoRA is trained from scratch.</summary>
    public bool IsAlora(CommandResult result) => result.GetValue(_kind) != Lora && result.GetValue(_from) is null;

    /// <summary>What was given.</summary>
    /// <param name="arguments">The command line.</param>
    public TrainingOptions Read(ParseResult arguments)
    {
        string? validation = arguments.GetValue(_validation);
        bool isShare = double.TryParse(validation, NumberStyles.Float, CultureInfo.InvariantCulture, out double share);
        double clip = arguments.GetValue(_clip);
        TrainingOptions options = new()
        {
            Name = arguments.GetValue(_name),
            Kind = arguments.GetValue(_kind) == Lora ? AdapterKind.Lora : AdapterKind.Alora,
            Invocation = arguments.GetValue(_invocation),
            IoYaml = arguments.GetValue(_definition),
            Placement = arguments.GetValue(_placement) switch
            {
                Append => InvocationPlacement.Appended,
                Inside => InvocationPlacement.InPrompt,
                _ => null,
            },
            InitialAdapter = arguments.GetValue(_from),
            Rank = arguments.GetValue(_rank),
            Alpha = arguments.GetValue(_alpha),
            RankStabilized = arguments.GetValue(_rslora),
            Targets = arguments.GetRequiredValue(_targets),
            Layers = arguments.GetValue(_layers) is { Length: > 0 } layers ? layers : null,
            Dropout = arguments.GetValue(_dropout),
            LearningRate = arguments.GetValue(_rate),
            Schedule = Enum.Parse<TrainingSchedule>(arguments.GetRequiredValue(_schedule), ignoreCase: true),
            WarmupSteps = arguments.GetValue(_warmup),
            WeightDecay = arguments.GetValue(_decay),
            ClipNorm = clip == 0 ? null : clip,
            Epochs = arguments.GetValue(_epochs) ?? Defaults.Epochs,
            Steps = arguments.GetValue(_steps),
            BatchSize = arguments.GetValue(_batch),
            MicroBatchSize = arguments.GetValue(_microBatch),
            ValidationFile = isShare ? null : validation,
            ValidationShare = isShare ? share : Defaults.ValidationShare,
            SharedRows = arguments.GetValue(_sharedRows) == LeaveOut ? SharedRowHandling.LeaveOut : SharedRowHandling.Refuse,
            Patience = arguments.GetValue(_patience) is > 0 and var patience ? patience : null,
            EvaluationSteps = arguments.GetValue(_evaluation),
            Seed = arguments.GetValue(_seed),
            MaxLength = arguments.GetValue(_length),
            LongRows = arguments.GetValue(_longRows) switch
            {
                CutLeft => LongRowHandling.CutLeft,
                LeaveOut => LongRowHandling.LeaveOut,
                _ => LongRowHandling.Refuse,
            },
            PrefixCacheBytes = arguments.GetValue(_cache) * Megabyte,
            PrefixFileBytes = arguments.GetValue(_file) * Megabyte,
            Threads = arguments.GetValue(_threads),
            Resume = arguments.GetValue(_resume),
            Overwrite = arguments.GetValue(_force),
        };
        return _device.AddTo(options, arguments);
    }

    private static Option<string?> Text(string name, string description) => new(name) { Description = description };

    private static Option<double> Number(string name, string description, double value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
