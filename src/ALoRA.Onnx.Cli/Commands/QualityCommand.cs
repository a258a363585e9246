using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Evaluate;
using ALoRA.Onnx.Cli.Export;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora quality</c>: what quantization cost, measured on a text.</summary>
internal sealed class QualityCommand : AloraCommand
{
    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Argument<string> _reference = new("reference")
    {
        Description = "What to compare with: a float32 export, or the checkpoint, which is then exported to a temporary folder.",
    };

    private readonly Option<string?> _text = new("--text")
    {
        Description = "Text to compare on: plain text, .jsonl ({\"messages\": […], \"answer\": …} or {\"text\": …} a line) or .json (a "
            + "list of {\"prompt\": …}). "
            + "Default: prompts of odd index in the checkpoint's folder examples, or a text that comes with the tool.",
    };

    private readonly Option<int> _window = new("--window")
    {
        Description = "Tokens that are read from an empty context.",
        DefaultValueFactory = _ => 512,
    };
    private readonly Option<int> _tokens = new("--tokens") { Description = "Most tokens to compare on.", DefaultValueFactory = _ => 16384 };
    private readonly ExecutionOptions _execution;
    private readonly Option<bool> _json = CommonOptions.Json();

    public QualityCommand(Terminal terminal)
        : base(
            "quality",
            "Compare an export with its float32 original on a text: KL divergence, equal most likely tokens, perplexity.",
            terminal,
            "alora quality onnx-models/demo-int4 onnx-models/demo-checkpoint",
            "alora quality onnx-models/smollm2-int4 onnx-models/smollm2-float32 --text article.txt --json")
    {
        Add(_model);
        Add(_reference);
        Add(_text);
        Add(_window.AtLeast(2));
        Add(_tokens.AtLeast(2));
        _execution = new ExecutionOptions(this);
        Add(_json);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string modelFolder = arguments.GetRequiredValue(_model);
        string referencePath = arguments.GetRequiredValue(_reference);
        string? text = arguments.GetValue(_text);
        IReadOnlyList<SampleDocument> documents = text is null ? SampleTexts.ForMeasuring(referencePath) : SampleFile.Read(text);
        AloraModelOptions options = _execution.Read(arguments);
        using TemporaryModelFolder temporary = new();
        QualityReport report = await ProgressDisplay.RunAsync(Terminal, async progress =>
        {
            string referenceFolder = await ReferenceFolderAsync(referencePath, temporary.Path, progress, cancellationToken);
            await using AloraModel model = await AloraModel.OpenAsync(modelFolder, options, cancellationToken);
            await using AloraModel reference = await AloraModel.OpenAsync(referenceFolder, options, cancellationToken);
            int window = Math.Min(arguments.GetValue(_window), Math.Min(model.Manifest.MaxPositions, reference.Manifest.MaxPositions));
            IReadOnlyList<int[]> windows = TokenWindows.Cut(
                documents.Select(document => document.Encode(model.Tokenizer, model.ChatTemplate)), window, arguments.GetValue(_tokens));
            QualityFigures figures = windows.Count > 0
                ? await new ModelComparison(model, reference, progress).RunAsync(windows, cancellationToken)
                : throw new FormatException("The text has fewer than two tokens. Give a longer one with --text.");
            return new QualityReport(
                modelFolder, referencePath, QuantizationText.Describe(model.Manifest.Precision), model.Manifest.WeightsBytes,
                reference.Manifest.WeightsBytes, figures);
        });
        if (arguments.GetValue(_json))
        {
            JsonResult.Write(Terminal, QualityJson.Of(report), ToolJson.Default.QualityJson);
        }
        else
        {
            QualityPrinter.PrintTable(Terminal, report);
        }

        return ExitCode.Done;
    }

    private static async Task<string> ReferenceFolderAsync(
        string path, string temporary, IProgress<ProgressState> progress, CancellationToken cancellationToken)
    {
        if (File.Exists(Path.Combine(path, ModelManifest.FileName)))
        {
            return path;
        }

        await Exporter.ExportAsync(
            path, temporary, new ExportOptions { AdapterGroups = [] }, new ExportProgressAdapter(progress), cancellationToken);
        return temporary;
    }
}

/// <summary>How a model's weights are held, in a few words.</summary>
internal static class QuantizationText
{
    /// <summary><c>int4, mse, blocks of 32</c>, or just the precision where nothing is quantized.</summary>
    public static string Describe(ModelPrecision precision)
    {
        if (precision.BlockSize is not { } blockSize)
        {
            return precision.Name;
        }

        string method = precision.QuantizationMethod is null ? "" : $", {precision.QuantizationMethod}";
        return $"{precision.Name}{method}, blocks of {blockSize}{(precision.Symmetric == false ? " with zero points" : "")}";
    }
}
