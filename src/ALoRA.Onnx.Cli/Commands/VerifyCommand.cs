using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Evaluate;
using ALoRA.Onnx.Cli.Export;
using ALoRA.Onnx.Training;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary>
/// <c>alora verify</c>: exports a checkpoint and compares the runtime with reference
/// results that lie beside it, or a training with a recorded one.
/// </summary>
internal sealed class VerifyCommand : AloraCommand
{
    private const float UsualOfTraining = 1e-4f;

    private readonly Argument<string> _folder = new("folder")
    {
        Description = "A folder with a checkpoint (or .gguf files), adapters, cases.json and reference.safetensors; with --training, a "
            + "checkpoint.",
    };

    private readonly Option<string> _precision = PrecisionNames.Option();
    private readonly Option<float?> _tolerance = new("--tolerance")
    {
        Description = "Largest absolute difference of a logit that still passes. Default: by precision and size, 1e-4 for float32 up to 50 "
            + "million parameters and 2e-3 above, 0.25 for float16 and bfloat16, 1 for int8, and 8 for int4 and gguf, which may then go on "
            + "otherwise. With --training, largest relative distance of a first gradient (losses and cached prefixes: a tenth of it, final "
            + "weights: ten times). Default: 1e-4.",
    };

    private readonly Option<string?> _training = new("--training")
    {
        Description = "A training that PEFT recorded on the checkpoint (adapter_config.json, training.json, training.safetensors), or a "
            + "folder of such: replays it and compares losses, gradients and weights.",
    };

    private readonly ExecutionOptions _execution;
    private readonly Option<bool> _json = CommonOptions.Json();

    public VerifyCommand(Terminal terminal)
        : base(
            "verify",
            "Export a checkpoint, run reference cases on it, and compare logits and greedy continuations, of adapters by the plain graph "
            + "and, unless --operators is off, by the operators. Exit code 4 if something does not hold. "
            + "samples/PeftReference makes such a folder "
            + "for an adapter of yours.",
            terminal,
            "alora verify reference/llama",
            "alora verify reference/smollm2 --precision float32 --tolerance 2e-3 --json",
            "alora verify checkpoints/llama --training recorded/llama")
    {
        Add(_folder);
        Add(_precision);
        Add(_tolerance.Positive());
        Add(_training);
        _execution = new ExecutionOptions(this);
        Add(_json);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_training) is { } recorded)
        {
            return await VerifyTrainingAsync(arguments, recorded, cancellationToken);
        }

        string precision = arguments.GetRequiredValue(_precision);
        ReferenceFolder folder = ReferenceFolder.Open(arguments.GetRequiredValue(_folder));
        (IReadOnlyList<VerificationRow> rows, CheckedGraphs graphs, float tolerance) = await ProgressDisplay.RunAsync(
            Terminal,
            async progress =>
            {
                FolderVerifier verifier = new(
                    folder, PrecisionNames.Parse(precision), arguments.GetValue(_tolerance), _execution.Read(arguments), progress);
                return (await verifier.VerifyAsync(cancellationToken), verifier.Graphs, verifier.Tolerance);
            });
        VerificationReport report = new(folder.Path, precision, tolerance, rows, graphs.Files, graphs.NotChecked);
        if (arguments.GetValue(_json))
        {
            JsonResult.Write(Terminal, report, ToolJson.Default.VerificationReport);
        }
        else
        {
            VerificationPrinter.PrintTable(Terminal, report);
        }

        return report.Holds ? ExitCode.Done : ExitCode.CheckFailed;
    }

    private async Task<int> VerifyTrainingAsync(ParseResult arguments, string recorded, CancellationToken cancellationToken)
    {
        string checkpoint = arguments.GetRequiredValue(_folder);
        string precision = arguments.GetRequiredValue(_precision);
        TrainingTolerances tolerances = TrainingTolerances.Of(arguments.GetValue(_tolerance) ?? UsualOfTraining);
        IReadOnlyList<string> cases = TrainingReplay.FindCases(recorded);
        IReadOnlyList<TrainingVerificationRow> rows = await ProgressDisplay.RunAsync(
            Terminal,
            progress => new TrainingVerifier(
                checkpoint, cases, PrecisionNames.Parse(precision), tolerances, _execution.Read(arguments), progress)
                .VerifyAsync(cancellationToken));
        TrainingVerificationReport report = new(checkpoint, recorded, precision, tolerances, rows);
        if (arguments.GetValue(_json))
        {
            JsonResult.Write(Terminal, report, ToolJson.Default.TrainingVerificationReport);
        }
        else
        {
            TrainingVerificationPrinter.PrintTable(Terminal, report);
        }

        return report.Holds ? ExitCode.Done : ExitCode.CheckFailed;
    }
}
