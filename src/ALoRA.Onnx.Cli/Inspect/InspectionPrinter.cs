using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Inspect;

/// <summary>Prints models and adapters for people.</summary>
internal static class InspectionPrinter
{
    public static void Print(Terminal terminal, ModelInspection model)
    {
        ModelManifest manifest = model.Manifest;
        ResultTable figures = new("model", manifest.Name);
        figures.Add("architecture", manifest.Architecture);
        figures.Add("base", manifest.Base.NameOrPath);
        figures.Add("layers", Number(manifest.LayerCount));
        figures.Add("hidden size", Number(manifest.HiddenSize));
        figures.Add("heads", $"{manifest.AttentionHeads} query, {manifest.KeyValueHeads} key/value, of {manifest.HeadDim}");
        figures.Add("vocabulary", Number(manifest.VocabularySize));
        figures.Add("longest context", Number(manifest.MaxPositions));
        figures.Add(
            "precision",
            $"{manifest.Precision.Name}: weights {manifest.Precision.Weights}, embedding {manifest.Precision.Embedding}, head "
            + $"{manifest.Precision.Head}, activations {manifest.Precision.Activations}");
        figures.Add("parameters", manifest.Parameters is { } parameters ? Number(parameters) : "not recorded");
        figures.Add(
            "operators",
            manifest.FusedGraphFile is null
                ? "none: adapters are computed node by node"
                : $"{manifest.OperatorProvider} ({manifest.FusedGraphFile})");
        figures.Add("weights", ByteSize.Format(manifest.WeightsBytes));
        figures.Add(
            $"KV cache at {Number(model.Context)} tokens",
            $"{ByteSize.Format(model.CacheBytes)} ({ByteSize.Format(model.CacheBytesPerToken)} a token)");
        figures.Add("memory in all", $"{ByteSize.Format(model.MemoryBytes)} and activations");
        figures.Print(terminal);
        terminal.Output.WriteLine();
        PrintFiles(terminal, model.Files);
        if (model.Adapters.Count > 0)
        {
            terminal.Output.WriteLine();
            PrintAdapters(terminal, model.Adapters);
        }
    }

    public static void Print(Terminal terminal, AdapterInspection adapter)
    {
        ResultTable table = new("adapter", adapter.Name);
        table.Add("form", adapter.Form);
        table.Add("kind", adapter.Kind);
        table.Add("rank", Number(adapter.Rank));
        table.Add("alpha", adapter.Alpha.ToString(CultureInfo.InvariantCulture));
        table.Add("targets", string.Join(", ", adapter.TargetModules));
        table.Add("invocation ids", adapter.InvocationTokens.Count == 0 ? "none" : string.Join(", ", adapter.InvocationTokens));
        table.Add(
            "invocation text",
            adapter.InvocationText ?? (adapter.InvocationTokens.Count == 0 ? "none" : "unknown without a tokenizer (--model)"));
        table.Add("definition", adapter.Definition ?? "none");
        table.Add("base", adapter.Base ?? "not named");
        table.Add("parameters", Number(adapter.Parameters));
        table.Add("weights", ByteSize.Format(adapter.Bytes));
        table.Print(terminal);
    }

    private static void PrintFiles(Terminal terminal, IReadOnlyList<(string Name, long Bytes)> files)
    {
        ResultTable table = new("file", ">size");
        foreach ((string name, long bytes) in files)
        {
            table.Add(name, ByteSize.Format(bytes));
        }

        table.Print(terminal);
    }

    private static void PrintAdapters(Terminal terminal, IReadOnlyList<AdapterInspection> adapters)
    {
        ResultTable table = new("adapter", "kind", ">rank", ">parameters", ">size", "invocation ids", "targets");
        foreach (AdapterInspection adapter in adapters)
        {
            table.Add(
                adapter.Name,
                adapter.Kind,
                Number(adapter.Rank),
                Number(adapter.Parameters),
                ByteSize.Format(adapter.Bytes),
                string.Join(", ", adapter.InvocationTokens),
                string.Join(", ", adapter.TargetModules));
        }

        table.Print(terminal);
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
