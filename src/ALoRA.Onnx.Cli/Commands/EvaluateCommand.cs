using System.CommandLine;
using ALoRA.Onnx.Cli.Bench;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Evaluate;
using ALoRA.Onnx.Cli.Export;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora evaluate</c>: how well a certainty adapter knows what the base knows, as aLoRA and as LoRA.</summary>
internal sealed class EvaluateCommand : AloraCommand
{
    private const string LoraSuffix = "-lora";

    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Argument<string> _file = new("file")
    {
        Description = "Questions, one JSON object a line: {\"messages\": […], \"answer\": …, \"right\": true}; "
            + "\"gold\" (a text, a number or a list) instead of right, or instead of both, for which the model answers.",
    };

    private readonly Option<string> _intrinsic = new("--intrinsic", "-i")
    {
        Description = "The adapter, which answers with a digit.",
        DefaultValueFactory = _ => "certainty",
    };
    private readonly Option<string?> _lora = new("--lora")
    {
        Description = "A plain LoRA to compare it with. Default: the adapter of that name with -lora behind it, if the model has it.",
    };

    private readonly Option<string> _match = new Option<string>("--match")
    {
        Description = "When an answer is one of gold: exact but for white space at its ends; normalized, without case, punctuation and "
            + "articles; contains, gold's words stand in it; regex, gold is an expression that is found in it.",
        DefaultValueFactory = _ => AnswerMatch.Exact,
    }.OneOf(AnswerMatch.Modes);

    private readonly RowsOption _rows = new(
        "--rows", "Where to write each row's answer, whether it is right, and what the adapters said: a .csv or .jsonl file.");
    private readonly ExecutionOptions _execution;
    private readonly SvgOption _diagram = new("--diagram", "Where to write a reliability diagram, an SVG file.");
    private readonly Option<bool> _json = CommonOptions.Json();

    public EvaluateCommand(Terminal terminal)
        : base(
            "evaluate",
            "Compare an adapter's certainties with what is right: accuracy, ECE, AUROC, Brier score, times and tokens, "
            + "aLoRA and LoRA side by side.",
            terminal,
            "alora evaluate onnx-models/demo certainty-evaluation.jsonl --intrinsic certainty --diagram reliability.svg",
            "alora evaluate onnx-models/granite questions.jsonl --intrinsic uncertainty --lora uncertainty-r6 --json",
            "alora evaluate onnx-models/granite questions.jsonl --match contains --rows rows.csv --threads 4")
    {
        Add(_model);
        Add(_file);
        Add(_intrinsic);
        Add(_lora);
        Add(_match);
        Add(_rows);
        Add(_diagram);
        _execution = new ExecutionOptions(this);
        Add(_json);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string folder = arguments.GetRequiredValue(_model);
        string intrinsic = AdapterNames.Find(folder, _intrinsic.Name, arguments.GetRequiredValue(_intrinsic));
        string? lora = arguments.GetValue(_lora) is { } named ? AdapterNames.Find(folder, _lora.Name, named) : null;
        IReadOnlyList<EvaluationRow> rows = await EvaluationFile.ReadAsync(arguments.GetRequiredValue(_file), cancellationToken);
        await using AloraModel model = await ModelOpening.OpenAsync(Terminal, folder, _execution.Read(arguments), cancellationToken);
        AdapterEvaluation[] adapters = [.. AdaptersOf(model, intrinsic, lora)];
        AnswerMatch match = new(arguments.GetRequiredValue(_match));
        IReadOnlyList<JudgedRow> judged = await ProgressDisplay.RunAsync(Terminal, async progress =>
        {
            CertaintyEvaluator evaluator = new(model, adapters, match, progress);
            await evaluator.RunAsync(rows, cancellationToken);
            return evaluator.Judged;
        });
        await _rows.WriteAsync(arguments, adapters, judged, cancellationToken);
        await _diagram.WriteAsync(
            arguments,
            () => ReliabilityDiagram.Draw(
                [.. adapters.Select(adapter => (
                    $"{adapter.Adapter} ({AdapterKindNames.Of(adapter.Kind)})", CalibrationMetrics.Of(adapter.Samples),
                    BootstrapIntervals.Of(adapter.Samples)))]),
            cancellationToken);
        if (arguments.GetValue(_json))
        {
            JsonResult.Write(Terminal, EvaluationJson.Of(adapters), ToolJson.Default.EvaluationJson);
        }
        else
        {
            EvaluationPrinter.PrintTable(Terminal, model.Manifest, adapters);
        }

        return ExitCode.Done;
    }

    private static IEnumerable<AdapterEvaluation> AdaptersOf(AloraModel model, string intrinsic, string? lora)
    {
        AdapterKind kind = model.Adapters.Get(intrinsic).Kind;
        yield return new AdapterEvaluation(intrinsic, kind);
        lora ??= model.Adapters.Names.Contains(intrinsic + LoraSuffix, StringComparer.Ordinal) ? intrinsic + LoraSuffix : null;
        if (lora is null)
        {
            yield break;
        }

        yield return kind == AdapterKind.Alora && model.Adapters.Get(lora).Kind == AdapterKind.Lora
            ? new AdapterEvaluation(lora, AdapterKind.Lora)
            : throw new ArgumentException(
                $"--intrinsic must be an aLoRA and --lora a plain LoRA to be compared, but '{intrinsic}' is {AdapterKindNames.Of(kind)} "
                + $"and '{lora}' is {AdapterKindNames.Of(model.Adapters.Get(lora).Kind)}.");
    }
}
