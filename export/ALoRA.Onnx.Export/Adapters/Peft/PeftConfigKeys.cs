namespace ALoRA.Onnx.Export.Adapters.Peft;

/// <summary>The keys of <c>adapter_config.json</c> that <see cref="PeftConfigReader"/> does not turn into a value, and why.</summary>
/// <remarks>Any key that is in neither list and not read is an error unless its value says that it is off.</remarks>
internal static class PeftConfigKeys
{
    /// <summary>Keys that decide nothing about the numbers of a forward pass, whatever their value.</summary>
    public static readonly string[] Harmless =
    [
        "auto_mapping",          // class of the base model, for tools that load it
        "corda_config",          // how training started; init_lora_weights says whether it touched the base
        "ensure_weight_tying",   // only with modules_to_save or embedding targets, which are refused
        "eva_config",
        "inference_mode",
        "loftq_config",
        "lora_dropout",          // training only
        "lora_ga_config",
        "megatron_core",         // a module name, used with megatron_config only
        "peft_version",
        "qalora_group_size",     // used with use_qalora only
        "revision",
        "runtime_config",        // where weights lie during training
    ];

    /// <summary>Keys that make the adapter more than a low-rank sum on linear layers, with what they do.</summary>
    public static readonly IReadOnlyDictionary<string, string> Refused = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["use_dora"] = "DoRA renormalises each weight with a learned magnitude, which is no low-rank sum. Train with use_dora false, or "
            + "merge the adapter into the base and export that",
        ["use_qalora"] = "QALoRA pools the input of lora_A in groups. Train with use_qalora false",
        ["use_bdlora"] = "BD-LoRA stores block-diagonal matrices. Train with use_bdlora unset",
        ["arrow_config"] = "Arrow routes each token between several adapters. Convert the single adapters instead",
        ["velora_config"] = "VeLoRA is not a plain low-rank sum. Train with velora_config unset",
        ["monteclora_config"] = "MonteCLoRA samples its weights. Train with monteclora_config unset",
        ["kasa_config"] = "KaSA changes the base weights and adds singular values. Train with kasa_config unset",
        ["megatron_config"] = "Megatron's parallel layers are not the layers of this base. Convert an adapter of the unsharded model",
        ["modules_to_save"] =
            "the adapter brings full copies of these modules, which would also change the tokens before the invocation. Train with "
            + "modules_to_save unset, or merge the adapter into the base and export that",
        ["trainable_token_indices"] =
            "the adapter replaces rows of the embedding, which would also change the tokens before the invocation. Train with "
            + "trainable_token_indices unset",
        ["target_parameters"] = "the adapter changes parameters that are no linear layer. Train with target_modules only",
        ["layer_replication"] =
            "the adapter repeats layers of the base. Export the expanded model as a checkpoint of its own and train on that",
    };
}
