using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora schema</c>: the group of commands about JSON schemas.</summary>
internal sealed class SchemaCommand : Command
{
    public SchemaCommand(Terminal terminal)
        : base("schema", "Try out JSON schemas that answers are constrained with.") => Add(new SchemaCheckCommand(terminal));
}
