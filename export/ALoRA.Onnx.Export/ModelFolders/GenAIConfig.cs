using System.Collections.Frozen;
using System.Text.Json;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Checkpoints.HuggingFace;
using ALoRA.Onnx.Export.Checks;
using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.ModelFolders;

/// <summary>What <see cref="GenAIConfigWriter"/> writes down: the model, and how its checkpoint wants tokens chosen.</summary>
internal sealed record GenAIConfig
{
    // Transformers samples from the best 50 where generation_config.json does not say otherwise.
    private const int TransformersTopK = 50;

    // GenAI computes the KV cache again when a context of this type outgrows this length, and never else.
    private const string LongRopeType = "phi3";
    private const int LongRopeLength = 4096;

    // The types of decoders that ONNX Runtime GenAI 0.15 knows; what it does not know is a "decoder", which it treats alike.
    private static readonly FrozenSet<string> Types = FrozenSet.Create(
        StringComparer.Ordinal, "gemma", "gemma2", "gemma3_text", "granite", "llama", "mistral", LongRopeType, "qwen2", "qwen3", "smollm3");

    public required string Type { get; init; }

    public required DecoderBlueprint Blueprint { get; init; }

    public required ActivationType Activations { get; init; }

    /// <summary>Null for none.</summary>
    public required int? BosTokenId { get; init; }

    /// <summary>Those of both files; generation ends at each.</summary>
    public required IReadOnlyList<int> EosTokenIds { get; init; }

    /// <summary>Null for none.</summary>
    public required int? PadTokenId { get; init; }

    public required bool DoSample { get; init; }

    public required double Temperature { get; init; }

    public required int TopK { get; init; }

    public required double TopP { get; init; }

    public required double RepetitionPenalty { get; init; }

    /// <summary>What GenAI does otherwise than this repository's runtime, for the report.</summary>
    public IReadOnlyList<string> Warnings =>
        Blueprint.RotarySwitchLength is { } length && (Type, length) != (LongRopeType, LongRopeLength)
            ? [$"genai.onnx: the rotary frequencies change when a context grows beyond {length} tokens, but ONNX Runtime GenAI does not "
                + "compute the rows before again. Keep contexts there at one side of it."]
            : [];

    /// <exception cref="CheckpointFormatException"><c>generation_config.json</c> is malformed.</exception>
    public static GenAIConfig Of(Checkpoint checkpoint, CheckedCheckpoint model, ActivationType activations)
    {
        const string File = CompanionFileReader.GenerationConfig;
        ReadOnlySpan<byte> json = checkpoint.CompanionFiles.TryGetValue(File, out ReadOnlyMemory<byte> content) ? content.Span : "{}"u8;
        using JsonDocument document = JsonDocument.Parse(JsonFiles.ParseObject(json, Path.Combine(checkpoint.Path, File)).ToJsonString());
        ConfigReader keys = new(document.RootElement);
        GenAIConfig config = new()
        {
            Type = Types.Contains(model.Blueprint.Architecture) ? model.Blueprint.Architecture : "decoder",
            Blueprint = model.Blueprint,
            Activations = activations,
            BosTokenId = FirstOf(model.Config.BosTokenId, keys.OneOrMore("bos_token_id")),
            EosTokenIds = [.. model.Config.EosTokenIds.Union(keys.OneOrMore("eos_token_id"))],
            PadTokenId = FirstOf(model.Config.PadTokenId, keys.OneOrMore("pad_token_id")),
            DoSample = keys.Boolean("do_sample", false),
            Temperature = keys.Double("temperature", 1),
            TopK = keys.Whole("top_k", TransformersTopK),
            TopP = keys.Double("top_p", 1),
            RepetitionPenalty = keys.Double("repetition_penalty", 1),
        };
        return keys.Problems.Count == 0 ? config : throw new CheckpointFormatException(
            $"{checkpoint.Path}: {File}: {string.Join(' ', keys.Problems)} Correct the file, or remove it to generate greedily.");
    }

    private static int? FirstOf(IReadOnlyList<int> first, IReadOnlyList<int> second) =>
        first.Count > 0 ? first[0] : second.Count > 0 ? second[0] : null;
}
