using System.CommandLine;
using System.CommandLine.Parsing;
using ALoRA.Onnx.Cli.Bench;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora bench</c>: how fast a model is on this machine, what an aLoRA saves, and how two models compare.</summary>
internal sealed class BenchCommand : AloraCommand
{
    private const string UsualLengths = "Default: those of 256, 1024, 4096, 16384 and 32768 that fit and take at most a minute a figure.";

    private readonly ComparedOptions _models;
    private readonly Option<int[]?> _prefill =
        Lengths(BenchmarkPlan.PrefillOption, $"Lengths of the prompts to compute, in tokens, separated by commas. {UsualLengths}");
    private readonly Option<int[]?> _contexts = Lengths(
        BenchmarkPlan.ContextOption,
        $"Lengths of the conversations in which tokens are decoded and the intrinsic is asked, separated by commas. {UsualLengths}");

    private readonly Option<string?> _adapter = new("--adapter", "-a")
    {
        Description = "The aLoRA to measure. Default: certainty, if the model has it.",
    };
    private readonly Option<string?> _lora = new("--lora")
    {
        Description = "A plain LoRA to compare it with. Default: the aLoRA itself, active from the first token on.",
    };
    private readonly Option<int?> _fanout = new("--fanout")
    {
        Description = "Intrinsics to ask at once, the model's aLoRAs in turn, compared with one alone; 0 for none. Default: 4, if the "
            + "model has an aLoRA and the graph for it.",
    };

    private readonly Option<int> _repetitions = new("--repetitions")
    {
        Description = "Measured runs of each figure, after one to warm up.",
        DefaultValueFactory = _ => 5,
    };
    private readonly ExecutionOptions _execution;
    private readonly Option<int?> _chunk = new("--chunk")
    {
        Description = "Tokens computed in one run of a prefill. Default: 512 on the processor, 2048 on a device.",
    };
    private readonly SvgOption _plot = new(
        "--plot",
        "Where to draw the intrinsic's time to first token over the length of the conversation, as aLoRA and as LoRA: an SVG file.");
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly BatchOptions _batch;

    public BenchCommand(Terminal terminal)
        : base(
            "bench",
            "Measure opening, memory, prefill, decode, and an intrinsic as aLoRA, as plain LoRA and in a fan-out: median "
            + "and spread of several runs.",
            terminal,
            "alora bench onnx-models/demo",
            "alora bench onnx-models/demo --prefill 1024 --context 2048 --fanout 8",
            "alora bench onnx-models/smollm2 --context 256,1024,4096 --lora certainty-lora --plot first-token.svg",
            "alora bench --compare onnx-models/smollm2-float32 onnx-models/smollm2-int4 --json",
            "alora bench onnx-models/smollm2 --compare --compare-threads 1",
            "alora bench onnx-models/demo --batch 1,2,4,8,16,32 --context 512 --costs demo-costs.json")
    {
        _models = new ComparedOptions(this);
        Add(_prefill);
        Add(_contexts);
        Add(_adapter);
        Add(_lora);
        Add(_fanout.AtLeast(0));
        Add(_repetitions.AtLeast(1));
        _execution = new ExecutionOptions(this);
        Add(_chunk.AtLeast(1));
        Add(_plot);
        _batch = new BatchOptions(this, _contexts, [_prefill, _lora, _fanout, _plot, .. _models.Comparing]);
        Add(_json);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        BenchmarkRequest request = new()
        {
            Prefill = Given(arguments.GetValue(_prefill)),
            Contexts = Given(arguments.GetValue(_contexts)),
            Adapter = arguments.GetValue(_adapter),
            Lora = arguments.GetValue(_lora),
            Fanout = arguments.GetValue(_fanout),
            Repetitions = arguments.GetValue(_repetitions),
            NeedsIntrinsic = arguments.GetValue(_plot) is not null,
        };
        AloraModelOptions options = _execution.Read(arguments) with { PrefillChunkSize = arguments.GetValue(_chunk) };
        if (_batch.IsGiven(arguments))
        {
            await _batch.RunAsync(
                Terminal, arguments, _models.Read(arguments, options).Single().Folder, options, request.Adapter, request.Repetitions,
                arguments.GetValue(_json), cancellationToken);
            return ExitCode.Done;
        }

        BenchmarkSubject[] subjects =
            [.. _models.Read(arguments, options).Select(model => new BenchmarkSubject(model.Folder, model.Options))];
        BenchmarkReport report;
        try
        {
            report = await ProgressDisplay.RunAsync(
                Terminal, progress => new Benchmark(request, subjects, progress).RunAsync(cancellationToken));
        }
        finally
        {
            foreach (BenchmarkSubject subject in subjects)
            {
                await subject.DisposeAsync();
            }
        }

        await _plot.WriteAsync(arguments, () => FirstTokenPlot.Draw(report), cancellationToken);
        if (arguments.GetValue(_json))
        {
            PrintJson(report);
        }
        else
        {
            BenchmarkTable.Print(Terminal, report);
        }

        return ExitCode.Done;
    }

    private void PrintJson(BenchmarkReport report)
    {
        if (report.Models.Count == 1)
        {
            JsonResult.Write(Terminal, BenchmarkJson.Of(report), ToolJson.Default.BenchmarkJson);
        }
        else
        {
            JsonResult.Write(Terminal, ComparisonJson.Of(report), ToolJson.Default.ComparisonJson);
        }
    }

    private static Option<int[]?> Lengths(string name, string description) =>
        new(name) { Description = description, CustomParser = ParseLengths };

    // An option with several values that was left out has none.
    private static int[]? Given(int[]? lengths) => lengths is { Length: > 0 } ? lengths : null;

    private static int[]? ParseLengths(ArgumentResult result)
    {
        List<int> lengths = [];
        foreach (string part in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (!int.TryParse(part, out int length) || length < 1)
            {
                result.AddError(
                    $"{((OptionResult)result.Parent!).Option.Name} must be numbers of tokens separated by commas, "
                    + $"such as 256,1024, got {part}.");
                return null;
            }

            lengths.Add(length);
        }

        return [.. lengths];
    }
}
