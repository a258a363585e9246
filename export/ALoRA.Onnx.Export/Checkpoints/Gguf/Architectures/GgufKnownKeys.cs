using System.Collections.Frozen;
using System.Globalization;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>
/// What is known of the keys of a model's own architecture that no reader asked for. One that is neither read nor listed here may change
/// the numbers.
/// </summary>
internal static class GgufKnownKeys
{
    // Bookkeeping, and settings of parts that are known not to be there: experts are refused, and YaRN's settings do nothing without YaRN.
    private static readonly FrozenSet<string> Harmless = FrozenSet.Create(
        StringComparer.Ordinal, "vocab_size", "tensor_data_layout", "pooling_type", "rope.scaling.finetuned",
        "rope.scaling.original_context_length", "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow");

    // Keys of which llama.cpp takes 0, false or a list of those for absent.
    private static readonly FrozenSet<string> OffAtZero = FrozenSet.Create(
        StringComparer.Ordinal, "attention.clamp_kqv", "attention.max_alibi_bias", "attention.scale", "attention.sliding_window",
        "attention.q_lora_rank", "attention.kv_lora_rank", "attention.output_scale", "attention.value_scale",
        "attention.temperature_scale", "attention.temperature_length", "attention.group_norm_epsilon", "attention.group_norm_groups",
        "attention.layer_norm_epsilon", "attention.relative_buckets_count", "attention.shared_kv_layers", "attn_logit_softcapping",
        "final_logit_softcapping", "router_logit_softcapping", "embedding_scale", "residual_scale", "logit_scale",
        "leading_dense_block_count", "nextn_predict_layers", "n_deepstack_layers", "rope.dimension_sections", "rope.scaling.alpha",
        "rope.scaling.yarn_log_multiplier", "swin_norm", "token_shift_count", "use_parallel_residual", "embedding_length_per_layer_input",
        "interleave_moe_layer_step", "moe_every_n_layers");

    // Factors of which 1 changes nothing.
    private static readonly FrozenSet<string> OffAtOne = FrozenSet.Create(
        StringComparer.Ordinal, "embedding_scale", "residual_scale", "logit_scale", "attention.output_scale", "attention.value_scale",
        "rope.scaling.alpha");

    /// <summary>The keys that nobody read and that are not known to be harmless.</summary>
    public static IEnumerable<string> FindUnknown(GgufMetadata metadata, GgufArchitecture architecture)
    {
        string prefix = $"{architecture.Name}.";
        return metadata.Unread(prefix)
            .Where(entry => !IsHarmless(entry.Key[prefix.Length..], entry.Value))
            .Select(entry => entry.Key);
    }

    private static bool IsHarmless(string key, object value) =>
        Harmless.Contains(key)
        || key.StartsWith("expert", StringComparison.Ordinal)
        || (key == "attention.causal" && value is true)
        || (OffAtZero.Contains(key) && IsAll(value, 0))
        || (OffAtOne.Contains(key) && IsAll(value, 1));

    private static bool IsAll(object value, double number) => value switch
    {
        string => false,
        Array array => array.Cast<object>().All(element => IsAll(element, number)),
        IConvertible plain => plain.ToDouble(CultureInfo.InvariantCulture) == number,
        _ => false,
    };
}
