using ALoRA.Onnx.Cli.Export;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Inspect;

/// <summary>What an adapter folder holds: a converted one (<c>adapter.json</c>) or one of PEFT (<c>adapter_config.json</c>).</summary>
internal sealed record AdapterInspection
{
    public required string Name { get; init; }

    /// <summary><c>converted</c>, <c>PEFT</c> or <c>GGUF</c>.</summary>
    public required string Form { get; init; }

    /// <summary><c>LoRA</c> or <c>aLoRA</c>.</summary>
    public required string Kind { get; init; }

    public required int Rank { get; init; }

    public required double Alpha { get; init; }

    public required IReadOnlyList<string> TargetModules { get; init; }

    /// <summary>Empty for a plain LoRA.</summary>
    public required IReadOnlyList<int> InvocationTokens { get; init; }

    /// <summary>The text of the invocation, as far as it is known without a tokenizer.</summary>
    public string? InvocationText { get; init; }

    /// <summary>Where it is said how the adapter is asked and what it answers: <c>io.yaml</c>, <c>adapter.json</c>, or null.</summary>
    public string? Definition { get; init; }

    public required string? Base { get; init; }

    public required long Parameters { get; init; }

    /// <summary>Size of the weights file.</summary>
    public required long Bytes { get; init; }

    /// <summary>Reads an adapter folder of either form.</summary>
    public static AdapterInspection Read(string folder)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return File.Exists(Path.Combine(folder, AdapterManifest.FileName)) ? OfConverted(folder, name) : OfPeft(folder, name);
    }

    private static AdapterInspection OfConverted(string folder, string name)
    {
        AdapterManifest manifest = AdapterManifest.Read(folder);
        return new AdapterInspection
        {
            Name = name,
            Form = "converted",
            Kind = AdapterKindNames.Of(manifest.Kind),
            Rank = manifest.Rank,
            Alpha = manifest.Alpha,
            TargetModules = manifest.TargetModules,
            InvocationTokens = manifest.InvocationTokens,
            Definition = DefinitionOf(folder) ?? (manifest.Intrinsic is null ? null : AdapterManifest.FileName),
            Base = manifest.Base.NameOrPath,
            Parameters = manifest.Parameters,
            Bytes = new FileInfo(Path.Combine(folder, manifest.WeightsFile)).Length,
        };
    }

    private static AdapterInspection OfPeft(string folder, string name)
    {
        PeftAdapter adapter = PeftAdapter.Read(folder);
        return new AdapterInspection
        {
            Name = name,
            Form = Path.GetExtension(adapter.WeightsPath).Equals(".gguf", StringComparison.OrdinalIgnoreCase) ? "GGUF" : "PEFT",
            Kind = AdapterKindNames.Of(adapter.Kind),
            Rank = adapter.Rank,
            Alpha = adapter.Alpha,
            TargetModules = adapter.TargetModules,
            InvocationTokens = adapter.InvocationTokens,
            InvocationText = adapter.InvocationString,
            Definition = DefinitionOf(folder),
            Base = adapter.BaseModel,
            Parameters = adapter.Parameters,
            Bytes = new FileInfo(adapter.WeightsPath).Length,
        };
    }

    // A malformed definition is reported here rather than when it is first used.
    private static string? DefinitionOf(string folder)
    {
        string path = Path.Combine(folder, IntrinsicDefinition.FileName);
        return File.Exists(path) && IntrinsicDefinition.Load(path) is not null ? IntrinsicDefinition.FileName : null;
    }
}
