using System.Collections.Frozen;

namespace ALoRA.Onnx.Export.Configuration;

/// <summary>
/// What the exporter knows of the keys of <c>config.json</c> that no architecture reads. A key that is neither read nor listed here may
/// change the numbers and is therefore an error.
/// </summary>
internal static class KnownKeys
{
    /// <summary>Keys that don't reach the forward pass of inference: bookkeeping, training, and defaults of generation.</summary>
    public static readonly FrozenSet<string> Harmless = FrozenSet.Create(
        StringComparer.Ordinal,
        // bookkeeping
        "_attn_implementation", "_attn_implementation_autoset", "_from_model_config", "_name_or_path", "architectures", "auto_map",
        "dtype", "id2label", "is_llama_config", "label2id", "model_type", "name_or_path", "problem_type", "tokenizer_class", "torch_dtype",
        "transformers_version", "transformers.js_config", "unsloth_fixed", "unsloth_version", "finetuning_task", "task_specific_params",
        // training
        "attention_dropout", "attn_pdrop", "chunk_size_feed_forward", "embd_pdrop", "embedding_dropout", "gradient_checkpointing",
        "hidden_dropout",
        "initializer_range", "neftune_noise_alpha", "resid_pdrop", "residual_dropout", "pretraining_tp", "use_bfloat16",
        // the pattern that layer_types was made of
        "_sliding_window_pattern",
        // how results are returned, and caching
        "cache_implementation", "output_attentions", "output_hidden_states", "return_dict", "tf_legacy_loss", "torchscript", "use_cache",
        "use_return_dict",
        // generation
        "bad_words_ids", "begin_suppress_tokens", "bos_token_id", "decoder_start_token_id", "diversity_penalty", "do_sample",
        "early_stopping", "encoder_no_repeat_ngram_size", "eos_token_id", "exponential_decay_length_penalty", "forced_bos_token_id",
        "forced_eos_token_id", "length_penalty", "max_length", "min_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams",
        "num_return_sequences", "output_scores", "pad_token_id", "prefix", "remove_invalid_values", "repetition_penalty",
        "return_dict_in_generate", "sep_token_id", "suppress_tokens", "temperature", "top_k", "top_p", "typical_p");

    /// <summary>Keys that are harmless with exactly this value.</summary>
    public static readonly FrozenDictionary<string, string> HarmlessWithValue = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["add_cross_attention"] = "false",
        ["attention_bias"] = "false",
        ["full_attn_mod"] = "1",
        ["interpolate_factor"] = "1",
        ["is_decoder"] = "false",
        ["is_encoder_decoder"] = "false",
        ["lm_head_bias"] = "false",
        ["mlp_bias"] = "false",
        ["pruned_heads"] = "{}",
        ["rope_interleaved"] = "false",
        ["tie_encoder_decoder"] = "false",
        ["use_bidirectional_attention"] = "false",
        ["use_sliding_window"] = "false",
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
