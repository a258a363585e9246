using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Export;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora export</c>: a checkpoint becomes a model folder.</summary>
internal sealed class ExportCommand : AloraCommand
{
    private const string GenAIFlavor = "genai";

    private readonly Argument<string> _checkpoint = new("checkpoint")
    {
        Description = "A Hugging Face folder, a .gguf file, a folder with one .gguf file, or ORGANISATION/MODEL on "
            + "the hub, which is pulled "
            + "first (see `alora pull --help`).",
    };
    private readonly Option<string?> _revision = PullCommand.RevisionOption();
    private readonly Option<string> _output = CommonOptions.Output("The model folder to make.");
    private readonly Option<string> _precision = PrecisionNames.Option();
    private readonly Option<string> _method = QuantizationNames.Option();
    private readonly Option<string?> _recipe = QuantizationNames.RecipeOption();
    private readonly Option<string?> _calibrationText = new("--calibration-text")
    {
        Description = "Text for gptq, as for `quality`. Default: prompts of even index in the checkpoint's folder examples, and a text "
            + "that comes with the tool.",
    };

    private readonly Option<bool> _calibrationRandom = new("--calibration-random")
    {
        Description = "Random token ids in place of a text, for gptq without data.",
    };
    private readonly Option<int> _calibrationTokens = new("--calibration-tokens")
    {
        Description = "Most tokens to calibrate on; memory and time grow with them.",
        DefaultValueFactory = _ => 16384,
    };

    private readonly Option<int> _blockSize = new("--block-size")
    {
        Description = "Weights that share a scale: 16, 32, 64, 128 or 256.",
        DefaultValueFactory = _ => 32,
    };
    private readonly Option<bool> _asymmetric = new("--asymmetric") { Description = "Give each block a zero point of its own." };
    private readonly Option<int?> _accuracyLevel = new("--accuracy-level")
    {
        Description = "MatMulNBits' attribute for all runs: 0 computes in the activations' type, 4 rounds them to 8 bits. Default: 4 "
            + "to decode and 0 for prompts where activations are float32, else 0.",
    };
    private readonly Option<string?> _embedding =
        PrecisionNames.PartOption("--embedding", "How the embedding is held, if not as its precision's default.");
    private readonly Option<string?> _head =
        PrecisionNames.PartOption("--head", "How the output head is held, if not as its precision's default.");
    private readonly Option<string?> _activations = PrecisionNames.ActivationsOption();
    private readonly Option<int?> _maxContext = new("--max-context")
    {
        Description = "Longest context in tokens, if shorter than the checkpoint's.",
    };
    private readonly Option<bool> _noFanout = new("--no-fanout")
    {
        Description = "Leave fanout.onnx out; several adapters are then asked one after another.",
    };
    private readonly Option<bool> _noFused = new("--no-fused")
    {
        Description = "Leave fused.onnx, step.onnx and batch.onnx out; all is then computed by ONNX Runtime's own operators.",
    };
    private readonly Option<string[]> _flavors = new("--flavor")
    {
        Description = "Another runtime that is to open the folder too; genai: ONNX Runtime GenAI, which gets "
            + "genai.onnx and genai_config.json.",
        HelpName = GenAIFlavor,
    };

    private readonly Option<string[]> _adapters = AdapterSources.Option();
    private readonly Option<string?> _adapterGroups = new("--adapter-groups")
    {
        Description = "Projections that adapters may target, of qkv, o, gate_up and down, separated by commas, or none. Each one left out "
            + "saves four nodes a layer. Default: all.",
    };

    private readonly Option<bool> _adapterBias = new("--adapter-bias")
    {
        Description = "Give the adapter groups inputs for a bias, for adapters trained with lora_bias. On by itself "
            + "if an --adapter needs it.",
    };

    private readonly Option<bool> _force = CommonOptions.Force();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Check everything and print the sizes, but write nothing." };
    private readonly Option<bool> _allowUnknownConfig = new("--allow-unknown-config")
    {
        Description =
            "Export although config.json (or GGUF metadata) has keys that the exporter does not know. They may change the numbers.",
    };

    public ExportCommand(Terminal terminal)
        : base(
            "export",
            "Export a checkpoint to a model folder that the runtime opens.",
            terminal,
            "alora export granite-3.3-2b-instruct -o onnx-models/granite --precision int4",
            "alora export HuggingFaceTB/SmolLM2-135M-Instruct -o onnx-models/smollm2 --precision int4",
            "alora export granite-3.3-2b-instruct -o onnx-models/granite --quant-recipe int4-mixed --quant-method gptq "
            + "--calibration-text our-domain.txt",
            "alora export granite-3.3-8b-instruct -o onnx-models/granite-cuda --precision int4 --activations float16",
            "alora export SmolLM2-135M-Instruct.Q4_1.gguf -o onnx-models/smollm2 --precision gguf",
            "alora export demo-checkpoint -o onnx-models/demo --flavor genai --adapter certainty=demo-checkpoint/adapters/certainty")
    {
        Add(_checkpoint);
        Add(_revision);
        Add(_output);
        Add(_precision);
        Add(_recipe);
        Add(_method);
        Add(_calibrationText);
        Add(_calibrationRandom);
        Add(_calibrationTokens.AtLeast(2));
        Add(_blockSize.Within(size => size is 16 or 32 or 64 or 128 or 256, "16, 32, 64, 128 or 256"));
        Add(_asymmetric);
        Add(_accuracyLevel.Within(level => level is 0 or 4, "0 or 4"));
        Add(_embedding);
        Add(_head);
        Add(_activations);
        Add(_maxContext.AtLeast(1));
        Add(_noFanout);
        Add(_noFused);
        _flavors.OneOf(GenAIFlavor);
        Add(_flavors);
        Add(_adapters);
        Add(_adapterGroups);
        Add(_adapterBias);
        Add(_force);
        Add(_dryRun);
        Add(_allowUnknownConfig);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string checkpoint = await FindAsync(arguments, cancellationToken);
        string output = arguments.GetRequiredValue(_output);
        ExportOptions options = OptionsOf(arguments, checkpoint);
        if (arguments.GetValue(_dryRun))
        {
            ExportSummary.Print(Terminal, await Exporter.CheckAsync(checkpoint, options, cancellationToken));
            return ExitCode.Done;
        }

        ExportReport report = await ProgressDisplay.RunAsync(
            Terminal,
            progress => Exporter.ExportAsync(checkpoint, output, options, new ExportProgressAdapter(progress), cancellationToken));
        ExportSummary.Print(Terminal, report);
        return ExitCode.Done;
    }

    private async Task<string> FindAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string checkpoint = arguments.GetRequiredValue(_checkpoint);
        string? revision = arguments.GetValue(_revision);
        // What lies here goes before what the hub has under the same name.
        if (!Path.Exists(checkpoint) && HubName.IsOne(checkpoint))
        {
            return await PullCommand.RunAsync(Terminal, checkpoint, revision, [], cancellationToken);
        }

        return revision is null
            ? checkpoint
            : throw new CommandFailedException(
                ExitCode.Usage,
                $"--revision is for a model of the hub, ORGANISATION/MODEL, but {checkpoint} is a path. Leave one of them out.");
    }

    private ExportOptions OptionsOf(ParseResult arguments, string checkpoint) => new()
    {
        Precision = PrecisionNames.Parse(arguments.GetValue(_recipe) ?? arguments.GetRequiredValue(_precision)),
        Quantization = QuantizationNames.Parse(arguments.GetRequiredValue(_method)),
        Calibration = arguments.GetRequiredValue(_method) == QuantizationNames.Gptq ? CalibrationOf(arguments, checkpoint) : null,
        BlockSize = arguments.GetValue(_blockSize),
        Symmetric = !arguments.GetValue(_asymmetric),
        AccuracyLevel = arguments.GetValue(_accuracyLevel),
        EmbeddingPrecision = PrecisionNames.ParseOptional(arguments.GetValue(_embedding)),
        HeadPrecision = PrecisionNames.ParseOptional(arguments.GetValue(_head)),
        ActivationPrecision = PrecisionNames.ParseOptional(arguments.GetValue(_activations)),
        MaxContextLength = arguments.GetValue(_maxContext),
        Fanout = !arguments.GetValue(_noFanout),
        Fused = !arguments.GetValue(_noFused),
        GenAI = (arguments.GetValue(_flavors) ?? []).Contains(GenAIFlavor),
        Adapters = [.. (arguments.GetValue(_adapters) ?? []).Select(AdapterSources.Parse)],
        AdapterGroups = GroupsOf(arguments.GetValue(_adapterGroups)),
        AdapterBias = arguments.GetValue(_adapterBias),
        Overwrite = arguments.GetValue(_force),
        AllowUnknownConfig = arguments.GetValue(_allowUnknownConfig),
    };

    private static string[]? GroupsOf(string? names) => names switch
    {
        null => null,
        "none" => [],
        _ => names.Split(',', StringSplitOptions.TrimEntries),
    };

    private TextCalibration CalibrationOf(ParseResult arguments, string checkpoint)
    {
        int tokens = arguments.GetValue(_calibrationTokens);
        return arguments.GetValue(_calibrationRandom) ? new TextCalibration("random tokens", null, tokens)
            : arguments.GetValue(_calibrationText) is { } text ? new TextCalibration(Path.GetFileName(text), SampleFile.Read(text), tokens)
            : new TextCalibration("examples and built-in text", SampleTexts.ForCalibration(checkpoint), tokens);
    }
}
