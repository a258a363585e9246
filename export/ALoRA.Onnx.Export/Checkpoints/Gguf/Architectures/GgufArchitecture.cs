using System.Globalization;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>How one value of <c>general.architecture</c> translates to a Hugging Face model.</summary>
internal abstract class GgufArchitecture
{
    /// <summary>The value of <c>general.architecture</c>, which is also the prefix of the model's keys.</summary>
    public abstract string Name { get; }

    /// <summary>Hugging Face's <c>model_type</c>.</summary>
    public virtual string ModelType => Name;

    /// <summary>Hugging Face's class, the only entry of <c>architectures</c>.</summary>
    public abstract string ClassName { get; }

    /// <summary>Whether the rows of query and key were reordered so that the two elements of a rotary pair are neighbours.</summary>
    public virtual bool InterleavesRotaryPairs => false;

    /// <summary>Whether the norms' weights are stored with the 1 that the model adds to them.</summary>
    public virtual bool AddsOneToNorms => false;

    /// <summary>
    /// Names of a layer's tensors, without <c>blk.N.</c> and <c>.weight</c>, and what Hugging Face calls them within the layer.
    /// </summary>
    public virtual IReadOnlyDictionary<string, string> LayerTensors => CommonTensors;

    /// <summary>The tensors of a layer of Llama's shape.</summary>
    protected static IReadOnlyDictionary<string, string> CommonTensors { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["attn_norm"] = "input_layernorm",
        ["attn_q"] = "self_attn.q_proj",
        ["attn_k"] = "self_attn.k_proj",
        ["attn_v"] = "self_attn.v_proj",
        ["attn_output"] = "self_attn.o_proj",
        ["ffn_norm"] = "post_attention_layernorm",
        ["ffn_gate"] = "mlp.gate_proj",
        ["ffn_up"] = "mlp.up_proj",
        ["ffn_down"] = "mlp.down_proj",
    };

    /// <summary>
    /// Hugging Face's path of a module, such as <c>model.layers.0.self_attn.q_proj</c> for <c>blk.0.attn_q</c>; null where there is none.
    /// </summary>
    public string? ModuleOf(string module, int layerCount) => module switch
    {
        "token_embd" => "model.embed_tokens",
        "output_norm" => "model.norm",
        "output" => "lm_head",
        string other => LayerModuleOf(other, layerCount),
    };

    /// <summary>Whether the rows of the module, named as in the file, are in llama.cpp's order.</summary>
    public bool InterleavesRowsOf(string module) => InterleavesRotaryPairs
        && (module.EndsWith(".attn_q", StringComparison.Ordinal) || module.EndsWith(".attn_k", StringComparison.Ordinal));

    /// <summary>Adds to the configuration what is special about the architecture.</summary>
    /// <param name="config">The configuration with everything that all architectures share.</param>
    public abstract void Configure(GgufConfig config);

    private string? LayerModuleOf(string name, int layerCount) =>
        name.Split('.') is ["blk", { } number, { } tensor]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
        && layer < layerCount
        && LayerTensors.TryGetValue(tensor, out string? module)
            ? string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.{module}")
            : null;

    /// <summary>Llama's tensors with others on top.</summary>
    protected static IReadOnlyDictionary<string, string> CommonTensorsAnd(params (string Gguf, string HuggingFace)[] others)
    {
        Dictionary<string, string> tensors = new(CommonTensors, StringComparer.Ordinal);
        foreach ((string gguf, string huggingFace) in others)
        {
            tensors[gguf] = huggingFace;
        }

        return tensors;
    }
}
