using ALoRA.Onnx.Files;
using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Models;

/// <summary>Reads <c>alora_config.json</c>, format 1.</summary>
internal static class ManifestReader
{
    private const int Format = 1;
    private const string NextStep = "Export the model again with `alora export`.";

    public static ModelManifest Read(string file)
    {
        JsonFields json = JsonFields.Read(file, NextStep);
        int format = json.Int("format", 1);
        if (format != Format)
        {
            throw new ModelFormatException(
                $"{file}: 'format' is {format}, but this version of ALoRA.Onnx reads format {Format}. Update ALoRA.Onnx "
                + "or export the model again.");
        }

        JsonFields graphs = json.Object("graphs");
        JsonFields weights = json.Object("weights");
        bool hasFused = graphs.Has("fused");
        bool hasOperators = hasFused || graphs.Has("step");
        ModelManifest manifest = new()
        {
            Architecture = json.String("architecture"),
            Name = json.String("name"),
            Base = ReadBase(json),
            VocabularySize = json.Int("vocab_size", 1),
            HiddenSize = json.Int("hidden_size", 1),
            LayerCount = json.Int("num_hidden_layers", 1, 4096),
            AttentionHeads = json.Int("num_attention_heads", 1),
            KeyValueHeads = json.Int("num_key_value_heads", 1),
            HeadDim = json.Int("head_dim", 1),
            MaxPositions = json.Int("max_position_embeddings", 1),
            RotarySwitchLength = json.OptionalInt("rotary_switch_length", 1),
            EosTokenIds = json.TokenIds("eos_token_id"),
            Precision = ReadPrecision(json.Object("precision")),
            GraphFile = graphs.FileName("model"),
            BaseGraphFile = graphs.Has("base") ? graphs.FileName("base") : null,
            FanoutGraphFile = graphs.Has("fanout") ? graphs.FileName("fanout") : null,
            FusedGraphFile = hasFused ? graphs.FileName("fused") : null,
            FusedBFloat16GraphFile = graphs.Has("fused_bfloat16") ? graphs.FileName("fused_bfloat16") : null,
            BranchesGraphFile = hasFused && graphs.Has("branches") ? graphs.FileName("branches") : null,
            StepGraphFile = graphs.Has("step") ? graphs.FileName("step") : null,
            BatchGraphFile = hasFused && graphs.Has("batch") ? graphs.FileName("batch") : null,
            BatchBFloat16GraphFile = hasFused && graphs.Has("batch_bfloat16") ? graphs.FileName("batch_bfloat16") : null,
            OperatorProvider = hasOperators ? json.Object("operators").String("provider") : null,
            OperatorVersion = hasOperators ? json.Object("operators").Int("version", 1) : 0,
            WeightsFile = weights.FileName("file"),
            WeightsBytes = weights.Long("bytes", 0),
            Parameters = json.Has("parameters") ? json.Long("parameters", 0) : null,
            HasPlainAttention = json.OptionalBool("plain_attention") ?? false,
            HasAdapterBias = json.OptionalBool("adapter_bias") ?? false,
            AdapterGroups = ReadGroups(json),
        };
        CheckSizes(json, manifest);
        return manifest;
    }

    /// <summary>Reads the object <c>base</c>, which manifests and adapters share.</summary>
    public static BaseIdentity ReadBase(JsonFields owner)
    {
        JsonFields json = owner.Object("base");
        return new BaseIdentity(json.String("name_or_path"), json.String("fingerprint"));
    }

    private static ModelPrecision ReadPrecision(JsonFields json)
    {
        ModelPrecision precision = new()
        {
            Name = json.String("name"),
            Weights = json.String("weights"),
            Embedding = json.String("embedding"),
            Head = json.String("lm_head"),
            Activations = json.String("activations"),
            KvCache = json.String("kv_cache"),
            BlockSize = json.OptionalInt("block_size", 1),
            Symmetric = json.OptionalBool("symmetric"),
            AccuracyLevel = json.OptionalInt("accuracy_level", 0, 4),
            PrefillAccuracyLevel = json.OptionalInt("prefill_accuracy_level", 0, 4),
            QuantizationMethod = json.OptionalString("quantization_method"),
            Calibration = json.OptionalString("calibration"),
        };
        if (!ElementTypes.TryParse(precision.Activations, out _))
        {
            throw json.Wrong(json.Field("activations"), ElementTypes.Known, $"\"{precision.Activations}\"");
        }

        // GroupQueryAttention could hold 8-bit caches; an export that does needs scales, which this format does not describe.
        if (precision.KvCache != precision.Activations)
        {
            throw json.Wrong(
                json.Field("kv_cache"), $"\"{precision.Activations}\", the type of the activations", $"\"{precision.KvCache}\"");
        }

        return precision;
    }

    private static AdapterGroup[] ReadGroups(JsonFields json) => Array.ConvertAll(json.Objects("adapter_groups"), ReadGroup);

    private static AdapterGroup ReadGroup(JsonFields json)
    {
        AdapterGroupOutput[] outputs = Array.ConvertAll(
            json.Objects("outputs"),
            output => new AdapterGroupOutput(output.String("module"), output.Int("size", 1, 1 << 24)));
        if (outputs.Length is 0 or > 64)
        {
            throw json.Wrong(json.Field("outputs"), "a list of 1 to 64 projections", $"a list of {outputs.Length}");
        }

        string prefix = json.String("prefix");
        return prefix.Contains("{layer}", StringComparison.Ordinal)
            ? new AdapterGroup(json.String("name"), prefix, json.Int("input_size", 1), outputs)
            : throw json.Wrong(json.Field("prefix"), "a text with {layer} in it", $"\"{prefix}\"");
    }

    private static void CheckSizes(JsonFields json, ModelManifest manifest)
    {
        if (manifest.AttentionHeads % manifest.KeyValueHeads != 0)
        {
            throw json.Wrong(
                "'num_key_value_heads'", $"a divisor of 'num_attention_heads' ({manifest.AttentionHeads})", $"{manifest.KeyValueHeads}");
        }

        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (AdapterGroup group in manifest.AdapterGroups)
        {
            if (!names.Add(group.Name))
            {
                throw json.Wrong("'adapter_groups'", "a list of groups with different names", $"a list with '{group.Name}' twice");
            }
        }
    }
}
