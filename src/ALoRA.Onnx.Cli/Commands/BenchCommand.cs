using System.CommandLine;
using ALoRA.Onnx.Cli.Benchmarking;
using ALoRA.Onnx.Cli.Execution;
using ALoRA.Onnx.Cli.Invocation;
using ALoRA.Onnx.Cli.Progress;
using ALoRA.Onnx.Cli.Terminals;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora bench</c>: how fast a model is on this machine, and what an aLoRA saves.</summary>
internal sealed class BenchCommand : AloraCommand
{
    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Option<int[]> _contexts = new("--context")
    {
        Description = "Tokens in the conversation that the intrinsic is asked about, separated by commas.",
        DefaultValueFactory = _ => [256, 1024, 4096],
        CustomParser = result => ParseContexts(result),
    };

    private readonly Option<string?> _adapter = new("--adapter", "-a") { Description = "The aLoRA to measure. Default: certainty, if the model has it." };
    private readonly Option<string?> _lora = new("--lora") { Description = "A plain LoRA to compare it with. Default: the aLoRA itself, active from the first token on." };
    private readonly Option<int> _fanout = new("--fanout") { Description = "Intrinsics to ask at once, the model's aLoRAs in turn, compared with one alone. Default: none." };
    private readonly Option<int> _repetitions = new("--repetitions") { Description = "Measured runs of each figure, after one to warm up.", DefaultValueFactory = _ => 5 };
    private readonly ExecutionOptions _execution;
    private readonly Option<bool> _json = CommonOptions.Json();

    public BenchCommand(Terminal terminal)
        : base(
            "bench",
            "Measure prefill, decode, and an intrinsic as aLoRA and as plain LoRA: median and spread of several runs.",
            terminal,
            "alora bench onnx-models/demo",
            "alora bench onnx-models/demo --fanout 8 --context 2048",
            "alora bench onnx-models/smollm2 --context 256,1024,4096 --adapter certainty --lora certainty-lora --json")
    {
        Add(_model);
        Add(_contexts);
        Add(_adapter);
        Add(_lora);
        Add(_fanout.AtLeast(0));
        Add(_repetitions.AtLeast(1));
        _execution = new ExecutionOptions(this);
        Add(_json);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using AloraModel model = await AloraModel.OpenAsync(arguments.GetRequiredValue(_model), _execution.Read(arguments), cancellationToken);
        string? adapter = arguments.GetValue(_adapter) ?? (model.Adapters.Names.Contains("certainty", StringComparer.Ordinal) ? "certainty" : null);
        BenchmarkPlan plan = new(arguments.GetRequiredValue(_contexts), adapter, arguments.GetValue(_lora), arguments.GetValue(_fanout), arguments.GetValue(_repetitions));
        IReadOnlyList<Measurement> measurements = await ProgressDisplay.RunAsync(
            Terminal, progress => new ModelBenchmark(model, plan, progress).RunAsync(cancellationToken));
        MachineDescription machine = MachineDescription.OfThisOne();
        if (arguments.GetValue(_json))
        {
            BenchmarkPrinter.PrintJson(Terminal, model, machine, measurements);
        }
        else
        {
            BenchmarkPrinter.PrintTable(Terminal, model, machine, measurements);
        }

        return ExitCode.Done;
    }

    private static int[]? ParseContexts(System.CommandLine.Parsing.ArgumentResult result)
    {
        List<int> contexts = [];
        foreach (string part in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (!int.TryParse(part, out int context) || context < 1)
            {
                result.AddError($"--context must be numbers of tokens separated by commas, such as 256,1024, got {part}.");
                return null;
            }

            contexts.Add(context);
        }

        return [.. contexts];
    }
}
