using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Inspect;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora adapter inspect</c>: what an adapter is and when it activates.</summary>
internal sealed class AdapterInspectCommand : AloraCommand
{
    private readonly Argument<string> _folder = new("folder")
    {
        Description = "A PEFT adapter folder, a LoRA as a .gguf file, or a folder below a model's adapters.",
    };
    private readonly Option<string?> _model = new("--model", "-m")
    {
        Description = "A folder with the tokenizer that decodes the invocation ids. Default: the adapter's own, or its model's.",
    };
    private readonly Option<bool> _json = CommonOptions.Json();

    public AdapterInspectCommand(Terminal terminal)
        : base(
            "inspect",
            "Show what an adapter is: kind, rank, targets, invocation.",
            terminal,
            "alora adapter inspect adapters/certainty --model onnx-models/demo",
            "alora adapter inspect onnx-models/demo/adapters/certainty --json")
    {
        Add(_folder);
        Add(_model);
        Add(_json);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string folder = arguments.GetRequiredValue(_folder);
        AdapterInspection adapter = AdapterInspection.Read(folder);
        if (adapter.InvocationTokens.Count > 0 && FindTokenizer(folder, arguments.GetValue(_model)) is { } path)
        {
            adapter = adapter with { InvocationText = HfTokenizer.Load(path).Decode([.. adapter.InvocationTokens]) };
        }

        if (arguments.GetValue(_json))
        {
            JsonResult.Write(Terminal, adapter, ToolJson.Default.AdapterInspection);
        }
        else
        {
            InspectionPrinter.Print(Terminal, adapter);
        }

        return Task.FromResult(ExitCode.Done);
    }

    // A converted adapter lies in MODEL/adapters/NAME.
    private static string? FindTokenizer(string adapterFolder, string? model) => model
        ?? new[] { adapterFolder, Path.Combine(adapterFolder, "..", "..") }.FirstOrDefault(
            folder => File.Exists(Path.Combine(folder, "tokenizer.json")));
}
