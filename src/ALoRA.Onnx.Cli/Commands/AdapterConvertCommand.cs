using System.CommandLine;
using ALoRA.Onnx.Cli.Exporting;
using ALoRA.Onnx.Cli.Invocation;
using ALoRA.Onnx.Cli.Progress;
using ALoRA.Onnx.Cli.Terminals;
using ALoRA.Onnx.Export.Adapters;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora adapter convert</c>: an adapter of PEFT or llama.cpp becomes an adapter of an exported model.</summary>
internal sealed class AdapterConvertCommand : AloraCommand
{
    private readonly Argument<string> _peftFolder = new("peft-folder")
    {
        Description = "A folder with adapter_config.json and adapter_model.safetensors, or a LoRA as llama.cpp's .gguf file.",
    };

    private readonly Option<string> _model = new("--model", "-m") { Description = "The exported model folder that gets the adapter.", Required = true };
    private readonly Option<string?> _name = new("--name") { Description = "The adapter's name in the model folder. Default: the name of the folder or file." };
    private readonly Option<int> _activationOffset = new("--activation-offset")
    {
        Description = "Where an aLoRA begins to act, relative to its first invocation token: 0 as in PEFT, 1 or -1 for adapters trained otherwise.",
    };

    private readonly Option<bool> _force = CommonOptions.Force();

    public AdapterConvertCommand(Terminal terminal)
        : base(
            "convert",
            "Convert an adapter (LoRA or aLoRA, of PEFT or as GGUF) for an exported model.",
            terminal,
            "alora adapter convert adapters/certainty --model onnx-models/demo",
            "alora adapter convert downloads/uq-lora --model onnx-models/granite --name certainty --force",
            "alora adapter convert downloads/uq-f16.gguf --model onnx-models/granite --name certainty")
    {
        Add(_peftFolder);
        Add(_model);
        Add(_name);
        Add(_activationOffset);
        Add(_force);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string peftFolder = arguments.GetRequiredValue(_peftFolder);
        string model = arguments.GetRequiredValue(_model);
        AdapterConversionOptions options = new()
        {
            InvocationTokens = InvocationText.Encode(peftFolder, model),
            Overwrite = arguments.GetValue(_force),
            ActivationOffset = arguments.GetValue(_activationOffset),
        };
        AdapterReport report = await ProgressDisplay.RunAsync(Terminal, progress => AdapterConverter.ConvertAsync(
            peftFolder,
            model,
            arguments.GetValue(_name),
            options,
            new ExportProgressAdapter(progress),
            cancellationToken));
        AdapterSummary.Print(Terminal, report);
        return ExitCode.Done;
    }
}
