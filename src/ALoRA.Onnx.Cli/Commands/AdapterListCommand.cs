using System.CommandLine;
using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Inspect;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora adapter list</c>: the adapters of a model.</summary>
internal sealed class AdapterListCommand : AloraCommand
{
    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Option<bool> _json = CommonOptions.Json();

    public AdapterListCommand(Terminal terminal)
        : base(
            "list",
            "List a model's adapters: kind, rank, parameters, size.",
            terminal,
            "alora adapter list onnx-models/demo",
            "alora adapter list onnx-models/demo --json")
    {
        Add(_model);
        Add(_json);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string model = arguments.GetRequiredValue(_model);
        _ = ModelManifest.Read(model);
        AdapterInspection[] adapters =
            [.. AdapterNames.Of(model).Select(name => AdapterInspection.Read(AdapterNames.FolderOf(model, name)))];
        if (arguments.GetValue(_json))
        {
            JsonResult.Write(Terminal, adapters, ToolJson.Default.IReadOnlyListAdapterInspection);
            return Task.FromResult(ExitCode.Done);
        }

        if (adapters.Length == 0)
        {
            Terminal.WriteText($"{model} has no adapters. `alora adapter convert PEFT_FOLDER --model {model}` adds one.");
            return Task.FromResult(ExitCode.Done);
        }

        ResultTable table = new("adapter", "kind", ">rank", ">parameters", ">size");
        foreach (AdapterInspection adapter in adapters)
        {
            table.Add(
                adapter.Name, adapter.Kind, adapter.Rank.ToString(CultureInfo.InvariantCulture),
                adapter.Parameters.ToString("N0", CultureInfo.InvariantCulture), ByteSize.Format(adapter.Bytes));
        }

        table.Print(Terminal);
        return Task.FromResult(ExitCode.Done);
    }
}
