using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora adapter</c>: the group of commands about adapters.</summary>
internal sealed class AdapterCommand : Command
{
    public AdapterCommand(Terminal terminal)
        : base("adapter", "Convert, list, inspect and remove adapters.")
    {
        Add(new AdapterConvertCommand(terminal));
        Add(new AdapterListCommand(terminal));
        Add(new AdapterInspectCommand(terminal));
        Add(new AdapterRemoveCommand(terminal));
    }
}
