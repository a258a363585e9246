using System.CommandLine;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Train;
using ALoRA.Onnx.Training;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora train</c>: a file of examples becomes an adapter of an exported model.</summary>
internal sealed class TrainCommand : AloraCommand
{
    private const string TwinSuffix = "-lora";

    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Argument<string> _data = new("data")
    {
        Description = "Rows, one JSON object a line: {\"messages\": […], \"completion\": \"…\"}, {\"messages\": […, assistant]}, "
            + "{\"prompt\": …, \"completion\": …} or {\"item\": \"…\", \"label\": \"…\"}.",
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "The folder to make, as PEFT has it; also the adapter's name. Not needed with --dry-run.",
    };

    private readonly TrainOptions _options;
    private readonly Option<bool> _dryRun = new("--dry-run")
    {
        Description = "Check the data and measure a step; show lengths, examples, memory and time, and write nothing.",
    };

    private readonly Option<bool> _compare = new("--compare-lora")
    {
        Description = "Train a plain LoRA on the same rows too, named with -lora behind it, and print both: accuracy, time to first token.",
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    public TrainCommand(Terminal terminal)
        : base(
            "train",
            "Train an adapter of an exported model on a file of examples. An aLoRA's prompts are computed once by the base. Ctrl+C leaves "
            + "a checkpoint for --resume.",
            terminal,
            "alora train onnx-models/demo jailbreak.jsonl -o adapters/jailbreak --invocation \"<|start_of_role|>jailbreak<|end_of_role|>\"",
            "alora train onnx-models/granite data.jsonl -o adapters/judge --io-yaml judge/io.yaml --validation held-out.jsonl --epochs 5",
            "alora train onnx-models/granite data.jsonl --invocation \"<judge>\" --dry-run")
    {
        Add(_model);
        Add(_data);
        Add(_output);
        _options = new TrainOptions(this);
        Add(_dryRun);
        Add(_compare);
        Add(_json);
        Validators.Add(result =>
        {
            // Data that is not named is missed by the parser itself.
            if (result.GetResult(_data) is { Tokens.Count: > 0 } && !result.GetValue(_dryRun)
                && string.IsNullOrEmpty(result.GetValue(_output)))
            {
                result.AddError("alora train needs --output, the folder to make, unless --dry-run is given.");
            }

            if (result.GetValue(_compare) && (result.GetValue(_dryRun) || !_options.IsAlora(result)))
            {
                result.AddError("--compare-lora needs an aLoRA from scratch and no --dry-run.");
            }
        });
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        TrainingOptions options = _options.Read(arguments);
        AdapterTrainer trainer = new(arguments.GetRequiredValue(_model), options);
        string data = arguments.GetRequiredValue(_data);
        TrainProgress progress = new(Terminal, TimeProvider.System);
        if (arguments.GetValue(_dryRun))
        {
            progress.Report(new TrainingStep { Stage = TrainingStage.Opening });
            TrainingPlan plan = await trainer.PlanAsync(data, cancellationToken);
            Write(arguments, () => TrainPrinter.Json(plan), () => TrainPrinter.Print(Terminal, plan));
            return ExitCode.Done;
        }

        string output = arguments.GetRequiredValue(_output)!;
        if (arguments.GetValue(_compare))
        {
            RequireNoTwin(output, options);
        }

        TrainingReport report;
        try
        {
            report = await trainer.TrainAsync(data, output, progress, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw new CommandFailedException(
                ExitCode.Cancelled, $"cancelled. If steps were made, --resume goes on from {AdapterTrainer.CheckpointOf(output)}.");
        }

        if (arguments.GetValue(_compare))
        {
            await CompareAsync(arguments, report, data, cancellationToken);
        }
        else
        {
            Write(arguments, () => ReadReport(report), () => TrainPrinter.Print(Terminal, report));
        }

        return ExitCode.Done;
    }

    private async Task CompareAsync(ParseResult arguments, TrainingReport alora, string data, CancellationToken cancellationToken)
    {
        string output = alora.Folder + TwinSuffix;
        TrainingOptions options = _options.Read(arguments) with
        {
            Kind = AdapterKind.Lora,
            Name = alora.Name + TwinSuffix,
            Resume = false,
        };
        Terminal.Error.WriteLine($"'{alora.Name}' is complete. Now the plain LoRA '{options.Name}':");
        TrainingReport lora;
        try
        {
            lora = await new AdapterTrainer(arguments.GetRequiredValue(_model), options)
                .TrainAsync(data, output, new TrainProgress(Terminal, TimeProvider.System), cancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw new CommandFailedException(
                ExitCode.Cancelled,
                $"cancelled. The aLoRA is complete: {alora.Folder}. If the plain LoRA made steps, they are in "
                + $"{AdapterTrainer.CheckpointOf(output)}: the same command goes on from there with --kind lora --name {options.Name} "
                + $"-o {output} --resume in place of --compare-lora.");
        }

        Write(
            arguments,
            () => new JsonObject { ["alora"] = ReadReport(alora), ["lora"] = ReadReport(lora) },
            () =>
            {
                TrainPrinter.Print(Terminal, alora);
                TrainPrinter.Print(Terminal, lora);
                TrainPrinter.PrintComparison(Terminal, alora, lora);
            });
    }

    // Known before the first training has taken its time.
    private static void RequireNoTwin(string output, TrainingOptions options)
    {
        string twin = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)) + TwinSuffix;
        if (!options.Overwrite && (File.Exists(twin) || Directory.Exists(twin) || Directory.Exists(AdapterTrainer.CheckpointOf(twin))))
        {
            throw new IOException(
                $"{twin}, where the plain LoRA of --compare-lora goes, or a checkpoint of it exists. Choose another output or give "
                + "--force.");
        }
    }

    private static JsonObject ReadReport(TrainingReport report) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(report.Folder, "report.json")))!.AsObject();

    private void Write(ParseResult arguments, Func<JsonObject> json, Action print)
    {
        if (arguments.GetValue(_json))
        {
            Terminal.Output.WriteLine(json().ToJsonString());
        }
        else
        {
            print();
        }
    }
}
