using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Evaluate;
using ALoRA.Onnx.Cli.Export;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora verify</c>: exports a checkpoint and compares the runtime with reference results that lie beside it.</summary>
internal sealed class VerifyCommand : AloraCommand
{
    private readonly Argument<string> _folder = new("folder")
    {
        Description = "A folder with a checkpoint (or .gguf files), adapters, cases.json and reference.safetensors.",
    };

    private readonly Option<string> _precision = PrecisionNames.Option();
    private readonly Option<float> _tolerance = new("--tolerance")
    {
        Description = "Largest absolute difference of a logit that still passes.",
        DefaultValueFactory = _ => 1e-4f,
    };

    private readonly ExecutionOptions _execution;
    private readonly Option<bool> _json = CommonOptions.Json();

    public VerifyCommand(Terminal terminal)
        : base(
            "verify",
            "Export a checkpoint, run reference cases on it, and compare logits and greedy continuations, of adapters by the plain graph "
            + "and, unless --operators is off, by the operators. Exit code 4 if something does not hold.",
            terminal,
            "alora verify reference/llama",
            "alora verify reference/smollm2 --precision float32 --tolerance 2e-3 --json")
    {
        Add(_folder);
        Add(_precision);
        Add(_tolerance.Positive());
        _execution = new ExecutionOptions(this);
        Add(_json);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string precision = arguments.GetRequiredValue(_precision);
        float tolerance = arguments.GetValue(_tolerance);
        ReferenceFolder folder = ReferenceFolder.Open(arguments.GetRequiredValue(_folder));
        (IReadOnlyList<VerificationRow> rows, CheckedGraphs graphs) = await ProgressDisplay.RunAsync(
            Terminal,
            async progress =>
            {
                FolderVerifier verifier = new(
                    folder, PrecisionNames.Parse(precision), tolerance, _execution.Read(arguments), progress);
                return (await verifier.VerifyAsync(cancellationToken), verifier.Graphs);
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
}
