using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Inspect;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora intrinsic list</c>: what a model's adapters can be asked.</summary>
internal sealed class IntrinsicListCommand : AloraCommand
{
    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Option<bool> _json = CommonOptions.Json();

    public IntrinsicListCommand(Terminal terminal)
        : base(
            "list",
            "List a model's adapters as intrinsics: definition, place and text of the invocation, form of the answer.",
            terminal,
            "alora intrinsic list onnx-models/demo",
            "alora intrinsic list onnx-models/demo --json")
    {
        Add(_model);
        Add(_json);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        IReadOnlyList<IntrinsicListing> intrinsics = IntrinsicListing.Read(arguments.GetRequiredValue(_model));
        if (arguments.GetValue(_json))
        {
            JsonResult.Write(Terminal, intrinsics, ToolJson.Default.IReadOnlyListIntrinsicListing);
            return Task.FromResult(ExitCode.Done);
        }

        ResultTable table = new("intrinsic", "kind", "definition", "placement", "invocation", "answer");
        foreach (IntrinsicListing intrinsic in intrinsics)
        {
            intrinsic.AddTo(table);
        }

        table.Print(Terminal);
        return Task.FromResult(ExitCode.Done);
    }
}
