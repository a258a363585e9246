using System.Globalization;
using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>
/// A family of checkpoints: turns its configuration into a <see cref="DecoderBlueprint"/>. The members here describe a pre-norm decoder with
/// rotary embedding and gated MLP; an architecture overrides what is different.
/// </summary>
internal abstract class DecoderArchitecture
{
    /// <summary><c>model_type</c> in <c>config.json</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>What Transformers assumes for absent keys.</summary>
    public abstract ConfigDefaults Defaults { get; }

    /// <summary>The whole decoder. Problems of the configuration are added to <see cref="ConfigReader.Problems"/>.</summary>
    public virtual DecoderBlueprint Describe(ModelConfig config) => new()
    {
        Architecture = ModelType,
        VocabSize = config.VocabSize,
        HiddenSize = config.HiddenSize,
        HeadCount = config.HeadCount,
        KeyValueHeadCount = config.KeyValueHeadCount,
        HeadSize = config.HeadSize,
        MaxPositions = config.MaxPositions,
        EmbeddingWeight = "model.embed_tokens.weight",
        Layers = [.. Enumerable.Range(0, config.LayerCount).Select(layer => DescribeLayer(config, LayerPath(layer)))],
        FinalNorm = Norm(config, "model.norm"),
        HeadWeight = config.TieWordEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight",
    };

    protected virtual LayerBlueprint DescribeLayer(ModelConfig config, string path) => new(
        path,
        Norm(config, $"{path}.input_layernorm"),
        DescribeAttention(config, path),
        Norm(config, $"{path}.post_attention_layernorm"),
        DescribeMlp(config, path));

    protected virtual AttentionBlueprint DescribeAttention(ModelConfig config, string path)
    {
        bool bias = config.Keys.Boolean("attention_bias", false);
        int querySize = config.HeadCount * config.HeadSize;
        int keyValueSize = config.KeyValueHeadCount * config.HeadSize;
        return new AttentionBlueprint(
            Group("qkv", "self_attn.qkv_proj", config.HiddenSize,
            [
                Part(path, "self_attn.q_proj", querySize, bias),
                Part(path, "self_attn.k_proj", keyValueSize, bias),
                Part(path, "self_attn.v_proj", keyValueSize, bias),
            ]),
            Group("o", "self_attn.o_proj", querySize, [Part(path, "self_attn.o_proj", config.HiddenSize, bias)]),
            1 / MathF.Sqrt(config.HeadSize),
            config.Rope);
    }

    protected virtual MlpBlueprint DescribeMlp(ModelConfig config, string path)
    {
        bool bias = config.Keys.Boolean("mlp_bias", false);
        return new MlpBlueprint(
            Group("gate_up", "mlp.gate_up_proj", config.HiddenSize,
            [
                Part(path, "mlp.gate_proj", config.IntermediateSize, bias),
                Part(path, "mlp.up_proj", config.IntermediateSize, bias),
            ]),
            Group("down", "mlp.down_proj", config.IntermediateSize, [Part(path, "mlp.down_proj", config.HiddenSize, bias)]),
            config.Activation);
    }

    protected static NormBlueprint Norm(ModelConfig config, string path) => new($"{path}.weight", config.HiddenSize, config.NormEpsilon);

    protected static ProjectionBlueprint Group(string name, string path, int inputSize, IReadOnlyList<ProjectionPart> parts) =>
        new(name, path, inputSize, parts);

    protected static ProjectionPart Part(string layerPath, string module, int outputSize, bool bias) =>
        new(module, $"{layerPath}.{module}.weight", outputSize, bias ? $"{layerPath}.{module}.bias" : null);

    private static string LayerPath(int layer) => string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}");
}
