using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora intrinsic</c>: the group of commands about intrinsics.</summary>
internal sealed class IntrinsicCommand : Command
{
    public IntrinsicCommand(Terminal terminal)
        : base("intrinsic", "List and run intrinsics; rewrite requests and read answers as their definitions say.")
    {
        Add(new IntrinsicListCommand(terminal));
        Add(new IntrinsicRunCommand(terminal));
        Add(new IntrinsicRewriteCommand(terminal));
        Add(new IntrinsicParseCommand(terminal));
    }
}
