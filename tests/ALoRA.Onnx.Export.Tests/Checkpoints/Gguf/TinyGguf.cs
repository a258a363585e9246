namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

/// <summary>The smallest Llama model: one layer, two heads of four elements, five tokens.</summary>
internal static class TinyGguf
{
    private const int Hidden = 8;
    private const int FeedForward = 4;
    private const int Vocabulary = 5;

    /// <param name="changes">Metadata to set or, with null, to leave out.</param>
    public static GgufBuilder Make(params (string Key, object? Value)[] changes) => Make(withTensors: true, changes);

    private static GgufBuilder Make(bool withTensors, params (string Key, object? Value)[] changes)
    {
        Dictionary<string, object> metadata = new()
        {
            ["general.architecture"] = "llama",
            ["llama.context_length"] = 16u,
            ["llama.embedding_length"] = (uint)Hidden,
            ["llama.block_count"] = 1u,
            ["llama.feed_forward_length"] = (uint)FeedForward,
            ["llama.attention.head_count"] = 2u,
            ["llama.attention.layer_norm_rms_epsilon"] = 1e-5f,
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.pre"] = "smollm",
            ["tokenizer.ggml.tokens"] = new[] { "<s>", "a", "b", "ab", "c" },
            ["tokenizer.ggml.merges"] = new[] { "a b" },
            ["tokenizer.ggml.token_type"] = new[] { 3, 1, 1, 1, 1 },
            ["tokenizer.ggml.eos_token_id"] = 0u,
        };
        foreach ((string key, object? value) in changes)
        {
            metadata.Remove(key);
            if (value is not null)
            {
                metadata.Add(key, value);
            }
        }

        GgufBuilder builder = new();
        foreach ((string key, object value) in metadata)
        {
            builder.With(key, value);
        }

        AddTensors(builder, withTensors ? Tensors : []);
        return builder;
    }

    /// <summary>Writes the model as <c>tiny-00001-of-0000N.gguf</c> and so on; the first part has the metadata and no tensors.</summary>
    public static void WriteSplit(string folder, int count)
    {
        for (int part = 0; part < count; part++)
        {
            GgufBuilder builder = part == 0 ? Make(withTensors: false) : new GgufBuilder();
            builder.With("split.no", (ushort)part).With("split.count", (ushort)count).With("split.tensors.count", Tensors.Length);
            AddTensors(builder, part == 0 ? [] : Tensors.Where((_, index) => index % (count - 1) == part - 1));
            File.WriteAllBytes(Path.Combine(folder, $"tiny-{part + 1:D5}-of-{count:D5}.gguf"), builder.ToBytes());
        }
    }

    private static void AddTensors(GgufBuilder builder, IEnumerable<(string Name, long[] Shape)> tensors)
    {
        foreach ((string name, long[] shape) in tensors)
        {
            long count = shape.Aggregate(1L, (product, size) => product * size);
            builder.WithTensor(name, shape, [.. Enumerable.Range(0, (int)count).Select(i => (float)i)]);
        }
    }

    private static (string Name, long[] Shape)[] Tensors =>
    [
        ("token_embd.weight", [Vocabulary, Hidden]),
        ("blk.0.attn_norm.weight", [Hidden]),
        ("blk.0.attn_q.weight", [Hidden, Hidden]),
        ("blk.0.attn_k.weight", [Hidden, Hidden]),
        ("blk.0.attn_v.weight", [Hidden, Hidden]),
        ("blk.0.attn_output.weight", [Hidden, Hidden]),
        ("blk.0.ffn_norm.weight", [Hidden]),
        ("blk.0.ffn_gate.weight", [FeedForward, Hidden]),
        ("blk.0.ffn_up.weight", [FeedForward, Hidden]),
        ("blk.0.ffn_down.weight", [Hidden, FeedForward]),
        ("output_norm.weight", [Hidden]),
    ];
}
