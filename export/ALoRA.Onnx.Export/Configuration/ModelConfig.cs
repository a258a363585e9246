namespace ALoRA.Onnx.Export.Configuration;

/// <summary>
/// The part of <c>config.json</c> that all decoders share, typed; an architecture reads the rest through <see cref="Keys"/>.
/// </summary>
internal sealed record ModelConfig
{
    private const int HeadSizeStep = 8;
    private const int LargestHead = 4096;
    private const int MostLayersOrHeads = 4096;

    private ModelConfig(ConfigReader keys, ConfigDefaults defaults)
    {
        Keys = keys;
        VocabSize = keys.Count("vocab_size");
        HiddenSize = keys.Count("hidden_size");
        IntermediateSize = keys.Count("intermediate_size");
        LayerCount = keys.Count("num_hidden_layers", most: MostLayersOrHeads);
        HeadCount = keys.Count("num_attention_heads", most: MostLayersOrHeads);
        KeyValueHeadCount = keys.Count(
            "num_key_value_heads", keys.IsNull("num_key_value_heads") ? HeadCount : defaults.KeyValueHeadCount ?? HeadCount);
        MaxPositions = keys.Count("max_position_embeddings", defaults.MaxPositions);
        NormEpsilon = keys.Single(defaults.NormEpsilonKey, defaults.NormEpsilon);
        TieWordEmbeddings = keys.Boolean("tie_word_embeddings", defaults.TieWordEmbeddings);
        if (defaults.HeadSize is null && !keys.Has("head_dim") && HiddenSize % HeadCount != 0)
        {
            keys.Refuse("hidden_size", $"a multiple of num_attention_heads ({HeadCount}), as head_dim is absent");
        }

        HeadSize = keys.Count("head_dim", defaults.HeadSize ?? Math.Max(HiddenSize / HeadCount, 1), LargestHead);
        if (HeadSize % HeadSizeStep != 0)
        {
            keys.Problems.Add(
                $"'head_dim' (given, or hidden_size / num_attention_heads): expected a multiple of {HeadSizeStep}, because ONNX Runtime's "
                + $"GroupQueryAttention takes no other head sizes, got {HeadSize}.");
        }

        if (HeadCount % KeyValueHeadCount != 0)
        {
            keys.Refuse("num_key_value_heads", $"a divisor of num_attention_heads ({HeadCount})");
        }

        (Rope, WindowRope) = new RopeReader(keys, defaults, HeadSize, MaxPositions).Read();
        Activation = ReadActivation(keys, defaults);
        BosTokenId = keys.OneOrMore("bos_token_id");
        EosTokenIds = keys.OneOrMore("eos_token_id");
        PadTokenId = keys.OneOrMore("pad_token_id");
    }

    public ConfigReader Keys { get; }

    public int VocabSize { get; }

    public int HiddenSize { get; }

    public int IntermediateSize { get; }

    public int LayerCount { get; }

    public int HeadCount { get; }

    public int KeyValueHeadCount { get; }

    public int HeadSize { get; }

    /// <summary>Width of all query heads together.</summary>
    public int QuerySize => HeadCount * HeadSize;

    /// <summary>Width of all key heads together, or of all value heads.</summary>
    public int KeyValueSize => KeyValueHeadCount * HeadSize;

    public int MaxPositions { get; }

    public float NormEpsilon { get; }

    public bool TieWordEmbeddings { get; }

    /// <summary>Rotary embedding of layers that see everything.</summary>
    public RopeSettings Rope { get; }

    /// <summary>Rotary embedding of layers with a window; in most architectures the same.</summary>
    public RopeSettings WindowRope { get; }

    public ActivationFunction Activation { get; }

    /// <summary>None or one id.</summary>
    public IReadOnlyList<int> BosTokenId { get; }

    public IReadOnlyList<int> EosTokenIds { get; }

    /// <summary>None or one id.</summary>
    public IReadOnlyList<int> PadTokenId { get; }

    /// <summary>Reads the common keys; problems are collected in the reader.</summary>
    public static ModelConfig Read(ConfigReader keys, ConfigDefaults defaults) => new(keys, defaults);

    private static ActivationFunction ReadActivation(ConfigReader keys, ConfigDefaults defaults)
    {
        string key = defaults.ActivationKey;
        switch (keys.Text(key, defaults.Activation))
        {
            case "silu" or "swish":
                return ActivationFunction.Silu;
            case "gelu" or "gelu_python":
                return ActivationFunction.Gelu;
            case "gelu_pytorch_tanh" or "gelu_python_tanh" or "gelu_new" or "gelu_fast" or "gelu_accurate":
                return ActivationFunction.GeluTanh;
            case "relu":
                return ActivationFunction.Relu;
            default:
                keys.Refuse(key, "silu, gelu, gelu_pytorch_tanh, gelu_new, gelu_fast or relu");
                return ActivationFunction.Silu;
        }
    }
}
