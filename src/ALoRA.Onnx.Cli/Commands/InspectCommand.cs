using System.CommandLine;
using ALoRA.Onnx.Cli.Inspection;
using ALoRA.Onnx.Cli.Invocation;
using ALoRA.Onnx.Cli.Terminals;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora inspect</c>: what a container file or an exported model folder holds.</summary>
internal sealed class InspectCommand : AloraCommand
{
    private readonly Argument<string> _path = new("path") { Description = "A .safetensors or .gguf file, or an exported model folder." };
    private readonly Option<bool> _json = CommonOptions.Json();

    public InspectCommand(Terminal terminal)
        : base(
            "inspect",
            "Show what a safetensors or GGUF file or an exported model folder holds. Files are validated as a whole first.",
            terminal,
            "alora inspect model.safetensors --json",
            "alora inspect SmolLM2-135M-Instruct.Q4_1.gguf")
    {
        Add(_path);
        Add(_json);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string path = arguments.GetRequiredValue(_path);
        ContainerInspection.Print(Terminal, path, arguments.GetValue(_json));
        return Task.FromResult(ExitCode.Done);
    }
}
