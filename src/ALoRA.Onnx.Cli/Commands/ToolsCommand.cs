using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora tools</c>: the group of commands about tool calls.</summary>
internal sealed class ToolsCommand : Command
{
    public ToolsCommand(Terminal terminal)
        : base("tools", "Read the tool calls in what a model wrote.")
    {
        Add(new ToolsParseCommand(terminal));
    }
}
