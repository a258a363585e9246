using System.CommandLine;
using ALoRA.Onnx.Cli.Exporting;
using ALoRA.Onnx.Cli.Invocation;
using ALoRA.Onnx.Cli.Progress;
using ALoRA.Onnx.Cli.Terminals;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora export</c>: a checkpoint becomes a model folder.</summary>
internal sealed class ExportCommand : AloraCommand
{
    private readonly Argument<string> _checkpoint = new("checkpoint") { Description = "A Hugging Face folder, a .gguf file, or a folder with one .gguf file." };
    private readonly Option<string> _output = CommonOptions.Output("The model folder to make.");
    private readonly Option<string> _precision = PrecisionNames.Option();
    private readonly Option<bool> _force = CommonOptions.Force();
    private readonly Option<bool> _allowUnknownConfig = new("--allow-unknown-config")
    {
        Description = "Export although config.json has keys that the exporter does not know. They may change the numbers.",
    };

    public ExportCommand(Terminal terminal)
        : base(
            "export",
            "Export a checkpoint to a model folder that the runtime opens.",
            terminal,
            "alora export granite-3.3-2b-instruct -o onnx-models/granite --precision int4",
            "alora export SmolLM2-135M-Instruct.Q4_1.gguf -o onnx-models/smollm2 --precision gguf")
    {
        Add(_checkpoint);
        Add(_output);
        Add(_precision);
        Add(_force);
        Add(_allowUnknownConfig);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        ExportOptions options = new()
        {
            Precision = PrecisionNames.Parse(arguments.GetRequiredValue(_precision)),
            Overwrite = arguments.GetValue(_force),
            AllowUnknownConfig = arguments.GetValue(_allowUnknownConfig),
        };
        ExportReport report = await ProgressDisplay.RunAsync(Terminal, progress => Exporter.ExportAsync(
            arguments.GetRequiredValue(_checkpoint), arguments.GetRequiredValue(_output), options, new ExportProgressAdapter(progress), cancellationToken));
        ExportSummary.Print(Terminal, report);
        return ExitCode.Done;
    }
}
