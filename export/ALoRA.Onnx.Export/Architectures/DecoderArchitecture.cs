using System.Globalization;
using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>
/// A family of checkpoints: turns its configuration into a <see cref="DecoderBlueprint"/>. The members here describe a pre-norm
/// decoder with rotary embedding and gated MLP, no biases and no windows; an architecture overrides what is different.
/// </summary>
internal abstract class DecoderArchitecture
{
    private const string Embedding = "model.embed_tokens.weight";

    /// <summary><c>model_type</c> in <c>config.json</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>What Transformers assumes for absent keys.</summary>
    public abstract ConfigDefaults Defaults { get; }

    /// <summary>Keys of published checkpoints that Transformers' class for this architecture does not compute with.</summary>
    public virtual IReadOnlyCollection<string> IgnoredKeys => [];

    /// <summary>The whole decoder. Problems of the configuration are added to <see cref="ConfigReader.Problems"/>.</summary>
    public virtual DecoderBlueprint Describe(ModelConfig config)
    {
        IReadOnlyList<int?> windows = Windows(config);
        return new DecoderBlueprint
        {
            Architecture = ModelType,
            VocabSize = config.VocabSize,
            HiddenSize = config.HiddenSize,
            HeadCount = config.HeadCount,
            KeyValueHeadCount = config.KeyValueHeadCount,
            HeadSize = config.HeadSize,
            MaxPositions = config.MaxPositions,
            EmbeddingWeight = Embedding,
            Layers = [.. windows.Select((window, layer) => DescribeLayer(config, new LayerPlace(layer, LayerPath(layer), window)))],
            FinalNorm = Norm(config, "model.norm"),
            HeadWeight = config.TieWordEmbeddings ? Embedding : "lm_head.weight",
        };
    }

    /// <summary>The window of each layer.</summary>
    protected virtual IReadOnlyList<int?> Windows(ModelConfig config) => LayerWindows.None(config);

    protected virtual LayerBlueprint DescribeLayer(ModelConfig config, LayerPlace layer) =>
        new(layer.Path, DescribeAttention(config, layer), DescribeMlp(config, layer.Path))
        {
            AttentionNorm = Norm(config, $"{layer.Path}.input_layernorm"),
            MlpNorm = Norm(config, $"{layer.Path}.post_attention_layernorm"),
        };

    protected virtual AttentionBlueprint DescribeAttention(ModelConfig config, LayerPlace layer) =>
        new(
            DescribeQkv(config, layer.Path),
            Group("o", "self_attn.o_proj", config.QuerySize,
                [Part(layer.Path, "self_attn.o_proj", config.HiddenSize, HasOutputBias(config))]),
            1 / MathF.Sqrt(config.HeadSize),
            layer.Window is null ? config.Rope : config.WindowRope)
        {
            Window = layer.Window,
        };

    /// <summary>Query, key and value.</summary>
    protected virtual ProjectionBlueprint DescribeQkv(ModelConfig config, string path)
    {
        bool bias = HasQkvBias(config);
        return Group("qkv", "self_attn.qkv_proj", config.HiddenSize,
        [
            Part(path, "self_attn.q_proj", config.QuerySize, bias),
            Part(path, "self_attn.k_proj", config.KeyValueSize, bias),
            Part(path, "self_attn.v_proj", config.KeyValueSize, bias),
        ]);
    }

    protected virtual MlpBlueprint DescribeMlp(ModelConfig config, string path)
    {
        bool bias = HasMlpBias(config);
        return new MlpBlueprint(
            Group("gate_up", "mlp.gate_up_proj", config.HiddenSize,
            [
                Part(path, "mlp.gate_proj", config.IntermediateSize, bias),
                Part(path, "mlp.up_proj", config.IntermediateSize, bias),
            ]),
            Group("down", "mlp.down_proj", config.IntermediateSize, [Part(path, "mlp.down_proj", config.HiddenSize, bias)]),
            config.Activation);
    }

    /// <summary>The norm whose weight is <c>PATH.weight</c>, over the hidden size.</summary>
    protected virtual NormBlueprint Norm(ModelConfig config, string path) => new($"{path}.weight", config.HiddenSize, config.NormEpsilon);

    protected virtual bool HasQkvBias(ModelConfig config) => false;

    protected virtual bool HasOutputBias(ModelConfig config) => HasQkvBias(config);

    protected virtual bool HasMlpBias(ModelConfig config) => false;

    /// <summary>Adds norms named <c>q_norm</c> and <c>k_norm</c>, over each head.</summary>
    protected AttentionBlueprint WithHeadNorms(AttentionBlueprint attention, ModelConfig config, string path) => attention with
    {
        QueryNorm = new HeadNormBlueprint(Norm(config, $"{path}.self_attn.q_norm") with { Size = config.HeadSize }),
        KeyNorm = new HeadNormBlueprint(Norm(config, $"{path}.self_attn.k_norm") with { Size = config.HeadSize }),
    };

    protected static bool AttentionBias(ModelConfig config) => config.Keys.Boolean("attention_bias", false);

    protected static bool MlpBias(ModelConfig config) => config.Keys.Boolean("mlp_bias", false);

    protected static ProjectionBlueprint Group(string name, string path, int inputSize, IReadOnlyList<ProjectionPart> parts) =>
        new(name, path, inputSize, parts);

    protected static ProjectionPart Part(string layerPath, string module, int outputSize, bool bias) =>
        new(module, $"{layerPath}.{module}.weight", outputSize, bias ? $"{layerPath}.{module}.bias" : null);

    private static string LayerPath(int layer) => string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}");
}
