using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Export.ModelFolders;

namespace ALoRA.Onnx.Training.Options;

/// <summary>Makes of options what PEFT's <c>adapter_config.json</c> is going to say.</summary>
internal static class AdapterSettings
{
    /// <summary>The option for every projection of the layers.</summary>
    public const string All = "all";

    private const string Attention = "qkv";
    private const int RankOfAlora = 32;
    private const int RankOfLora = 16;

    private static readonly string[] AttentionNames = ["q_proj", "k_proj", "v_proj", "qkv_proj"];

    /// <summary>The settings of an adapter from scratch.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="model">The base.</param>
    /// <param name="invocation">An activated LoRA's invocation; empty for a plain one.</param>
    public static PeftAdapterConfig Of(TrainingOptions options, ExportedModel model, IReadOnlyList<int> invocation) => new()
    {
        FilePath = "the options",
        Rank = options.Rank ?? (options.Kind == AdapterKind.Alora ? RankOfAlora : RankOfLora),
        Alpha = options.Alpha,
        RankStabilized = options.RankStabilized,
        LoraBias = false,
        Targets = Targets(options.Targets, model),
        Layers = options.Layers is { Count: > 0 } layers ? Checked(layers, model) : null,
        LayersPatterns = [],
        RankPattern = [],
        AlphaPattern = [],
        InvocationTokens = invocation,
        BaseModel = model.Base.NameOrPath,
        Warnings = [],
    };

    private static HashSet<int> Checked(IReadOnlyList<int> layers, ExportedModel model) =>
        layers.FirstOrDefault(layer => layer >= model.LayerCount, -1) is var beyond and >= 0
            ? throw new ArgumentException(
                $"{nameof(TrainingOptions.Layers)}: the model '{model.Name}' has {model.LayerCount} layers, 0 to "
                + $"{model.LayerCount - 1}, got "
                + $"{beyond}. Name layers that it has.")
            : layers.ToHashSet();

    // One text that is no name is a regular expression, or all-linear, as in PEFT.
    private static ModuleNames Targets(IReadOnlyList<string> targets, ExportedModel model) => targets switch
    {
        [All] => new ModuleNames(Names(model, _ => true), null),
        [Attention] => new ModuleNames(Names(model, AttentionNames.Contains), null),
        [var pattern] when !pattern.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.') =>
            new ModuleNames(null, pattern),
        _ => new ModuleNames(targets, null),
    };

    private static string[] Names(ExportedModel model, Func<string, bool> isWanted) =>
        [.. model.AdapterGroups.SelectMany(group => group.Outputs)
            .Select(output => output.Module[(output.Module.LastIndexOf('.') + 1)..]).Where(isWanted).Distinct()];
}
