using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Inspect;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora inspect</c>: what a container file or an exported model folder holds.</summary>
internal sealed class InspectCommand : AloraCommand
{
    private readonly Argument<string> _path = new("path") { Description = "A .safetensors or .gguf file, or an exported model folder." };
    private readonly Option<int?> _context = new("--context")
    {
        Description = "Tokens to compute the memory of a model for. Default: its longest context.",
    };
    private readonly Option<bool> _json = CommonOptions.Json();

    public InspectCommand(Terminal terminal)
        : base(
            "inspect",
            "Show what a safetensors or GGUF file or an exported model folder holds. Files are validated as a whole first.",
            terminal,
            "alora inspect model.safetensors --json",
            "alora inspect SmolLM2-135M-Instruct.Q4_1.gguf",
            "alora inspect onnx-models/demo --context 2048")
    {
        Add(_path);
        Add(_context.AtLeast(1));
        Add(_json);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string path = arguments.GetRequiredValue(_path);
        bool asJson = arguments.GetValue(_json);
        if (!Directory.Exists(path))
        {
            ContainerInspection.Print(Terminal, path, asJson ? ToolJson.Default.ContainerJson : null);
            return Task.FromResult(ExitCode.Done);
        }

        ModelInspection model = ModelInspection.Read(path, arguments.GetValue(_context));
        if (asJson)
        {
            JsonResult.Write(Terminal, InspectionJson.Of(model), ToolJson.Default.InspectionJson);
        }
        else
        {
            InspectionPrinter.Print(Terminal, model);
        }

        return Task.FromResult(ExitCode.Done);
    }
}
