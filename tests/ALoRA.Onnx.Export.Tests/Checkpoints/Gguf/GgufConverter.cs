using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

/// <summary>
/// Converts small Hugging Face checkpoints to GGUF the way llama.cpp's converter does: the naive opposite of what is tested.
/// </summary>
internal sealed class GgufConverter(Checkpoint source, string name)
{
    private static readonly Dictionary<string, string> GlobalNames = new(StringComparer.Ordinal)
    {
        ["model.embed_tokens.weight"] = "token_embd.weight",
        ["model.norm.weight"] = "output_norm.weight",
        ["lm_head.weight"] = "output.weight",
    };

    private readonly JsonObject _config = source.Config;
    private readonly GgufBuilder _builder = new();

    public GgufBuilder Convert(IReadOnlyDictionary<string, string> layerNames, bool interleaves, bool addsOne)
    {
        AddMetadata();
        Dictionary<string, string> ggufNames = layerNames.ToDictionary(entry => entry.Value, entry => entry.Key);
        foreach (CheckpointTensor tensor in source.Tensors.Values)
        {
            string ggufName = GlobalNames.GetValueOrDefault(tensor.Name) ?? LayerName(tensor.Name, ggufNames);
            float[] values = TensorBytes.ReadFloats(tensor);
            if (addsOne && tensor.Name.EndsWith("norm.weight", StringComparison.Ordinal))
            {
                values = Array.ConvertAll(values, value => value + 1);
            }

            if (interleaves && ggufName.Contains("attn_q.", StringComparison.Ordinal))
            {
                values = Interleave(values, (int)_config["num_attention_heads"]!, HeadSize);
            }

            if (interleaves && ggufName.Contains("attn_k.", StringComparison.Ordinal))
            {
                values = Interleave(values, (int)_config["num_key_value_heads"]!, HeadSize);
            }

            _builder.WithTensor(ggufName, [.. tensor.Shape], values);
        }

        return _builder;
    }

    private static string LayerName(string name, Dictionary<string, string> ggufNames)
    {
        string[] parts = name.Split('.');
        return $"blk.{parts[2]}.{ggufNames[string.Join('.', parts[3..^1])]}.{parts[^1]}";
    }

    private int HeadSize => (int?)_config["head_dim"] ?? ((int)_config["hidden_size"]! / (int)_config["num_attention_heads"]!);

    /// <summary>Brings the rows of each head into llama.cpp's order.</summary>
    public static float[] Interleave(float[] values, int heads, int rows)
    {
        int headLength = values.Length / heads;
        int rowLength = headLength / rows;
        float[] result = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            (int head, int inHead) = Math.DivRem(i, headLength);
            (int row, int column) = Math.DivRem(inHead, rowLength);
            (int half, int pair) = Math.DivRem(row, rows / 2);
            result[(head * headLength) + (((pair * 2) + half) * rowLength) + column] = values[i];
        }

        return result;
    }

    private void AddMetadata()
    {
        _builder.With("general.architecture", name)
            .With("tokenizer.ggml.model", "gpt2")
            .With("tokenizer.ggml.pre", "gpt-2")
            .With("tokenizer.ggml.tokens", Enumerable.Range(0, 256).Select(id => $"t{id}").ToArray())
            .With("tokenizer.ggml.merges", Array.Empty<string>())
            .With("tokenizer.ggml.bos_token_id", (uint)_config["bos_token_id"]!)
            .With("tokenizer.ggml.eos_token_id", (uint)_config["eos_token_id"]!)
            .With("tokenizer.ggml.padding_token_id", (uint)_config["pad_token_id"]!);
        Add("context_length", "max_position_embeddings");
        Add("embedding_length", "hidden_size");
        Add("block_count", "num_hidden_layers");
        Add("feed_forward_length", "intermediate_size");
        Add("attention.head_count", "num_attention_heads");
        Add("attention.head_count_kv", "num_key_value_heads");
        Add("attention.key_length", "head_dim");
        Add("attention.value_length", "head_dim");
        Add("attention.sliding_window", "sliding_window");
        AddFloat("attention.layer_norm_rms_epsilon", _config["rms_norm_eps"]);
        AddFloat("attention.scale", _config["attention_multiplier"]);
        AddFloat("embedding_scale", _config["embedding_multiplier"]);
        AddFloat("residual_scale", _config["residual_multiplier"]);
        AddFloat("logit_scale", _config["logits_scaling"]);
        AddFloat("attn_logit_softcapping", _config["attn_logit_softcapping"]);
        AddFloat("final_logit_softcapping", _config["final_logit_softcapping"]);
        if ((double?)_config["query_pre_attn_scalar"] is { } scalar)
        {
            AddFloat("attention.scale", 1 / Math.Sqrt(scalar));
        }

        AddRope(_config["rope_parameters"]!.AsObject());
    }

    private void AddRope(JsonObject rope)
    {
        JsonObject full = rope["full_attention"]?.AsObject() ?? rope;
        AddFloat("rope.freq_base", full["rope_theta"]);
        AddFloat("rope.freq_base_swa", rope["sliding_attention"]?["rope_theta"]);
        if ((string)full["rope_type"]! == "linear")
        {
            _builder.With($"{name}.rope.scaling.type", "linear");
            AddFloat("rope.scaling.factor", full["factor"]);
        }

        if ((string)full["rope_type"]! == "llama3")
        {
            int rotated = (int)_config["head_dim"]!;
            _builder.WithTensor(
                "rope_freqs.weight", [rotated / 2], [.. Enumerable.Range(0, rotated / 2).Select(pair => (float)Llama3RopeFactors.Factor(
                pair, (double)full["rope_theta"]!, rotated, (double)full["factor"]!, (int)full["original_max_position_embeddings"]!))]);
        }
    }

    private void Add(string key, string configKey)
    {
        if ((uint?)_config[configKey] is { } value)
        {
            _builder.With($"{name}.{key}", value);
        }
    }

    private void AddFloat(string key, JsonNode? value)
    {
        if ((double?)value is { } number)
        {
            _builder.With($"{name}.{key}", (float)number);
        }
    }
}
