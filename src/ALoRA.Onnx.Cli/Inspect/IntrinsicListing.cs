using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Export;

namespace ALoRA.Onnx.Cli.Inspect;

/// <summary>The adapters of a model folder as intrinsics, read without opening the model.</summary>
internal sealed record IntrinsicListing
{
    public required string Name { get; init; }

    public required string Kind { get; init; }

    /// <summary>Where the definition is: <c>io.yaml</c>, <c>adapter.json</c>, or null if there is none.</summary>
    public required string? Definition { get; init; }

    /// <summary><c>appended</c> or <c>in prompt</c>; null for a plain LoRA, which has no invocation.</summary>
    public required string? Placement { get; init; }

    public required string? Invocation { get; init; }

    /// <summary>What it answers, in a few words.</summary>
    public required string Answer { get; init; }

    /// <summary>Reads all adapters of a model folder, in the order of their names.</summary>
    /// <exception cref="FormatException">The folder is no model, or an adapter or definition is malformed.</exception>
    public static IReadOnlyList<IntrinsicListing> Read(string modelFolder)
    {
        if (!Directory.Exists(modelFolder))
        {
            throw new DirectoryNotFoundException($"{modelFolder} does not exist. Give an exported model folder.");
        }

        HfTokenizer? tokenizer = File.Exists(Path.Combine(modelFolder, "tokenizer.json")) ? HfTokenizer.Load(modelFolder) : null;
        ChatTemplate? template = ChatTemplate.TryLoad(modelFolder, out ChatTemplate? found) ? found : null;
        string adapters = Path.Combine(modelFolder, "adapters");
        return Directory.Exists(adapters)
            ? [.. Directory.EnumerateDirectories(adapters)
                .Where(folder => Path.GetFileName(folder)[0] != '.' && File.Exists(Path.Combine(folder, AdapterManifest.FileName)))
                .Order(StringComparer.Ordinal)
                .Select(folder => Read(folder, tokenizer, template))]
            : [];
    }

    public void AddTo(ResultTable table) => table.Add(Name, Kind, Definition ?? "none", Placement ?? "", Invocation ?? "", Answer);

    private static IntrinsicListing Read(string folder, HfTokenizer? tokenizer, ChatTemplate? template)
    {
        AdapterManifest manifest = AdapterManifest.Read(folder);
        string path = Path.Combine(folder, IntrinsicDefinition.FileName);
        IntrinsicDefinition? definition = File.Exists(path) ? IntrinsicDefinition.Load(path) : null;
        InvocationPlacement placement = definition is not null && tokenizer is not null
            ? definition.FindPlacement(tokenizer, template, manifest.InvocationTokens)
            : manifest.Intrinsic?.Placement ?? InvocationPlacement.Appended;
        return new IntrinsicListing
        {
            Name = Path.GetFileName(folder),
            Kind = AdapterKindNames.Of(manifest.Kind),
            Definition = definition is not null
                ? IntrinsicDefinition.FileName
                : manifest.Intrinsic is not null
                ? AdapterManifest.FileName
                : null,
            Placement = manifest.Kind == AdapterKind.Alora ? NameOf(placement) : null,
            Invocation = manifest.InvocationTokens.Count > 0
                ? tokenizer?.Decode([.. manifest.InvocationTokens])
                : manifest.Intrinsic?.InvocationText,
            Answer = Describe(definition, manifest.Intrinsic),
        };
    }

    private static string Describe(IntrinsicDefinition? definition, AdapterIntrinsic? settings) =>
        definition is not null ? definition.CopyResponseFormat() is null ? "JSON" : "JSON of a schema"
        : settings?.Choices is { Count: > 0 } choices ? string.Join(", ", choices)
        : settings?.JsonSchema is not null ? "JSON of a schema"
        : "text";

    private static string NameOf(InvocationPlacement placement) =>
        placement == InvocationPlacement.InPrompt ? "in prompt" : "appended";
}
