using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Tests;

/// <summary>
/// A small random decoder that is written as a Hugging Face folder. Change <see cref="Config"/> and <see cref="Tensors"/> before.
/// </summary>
internal sealed class SyntheticCheckpoint
{
    public const int Vocabulary = 48;
    public const int Hidden = 64;
    public const int Intermediate = 96;

    private readonly Random _random;

    public SyntheticCheckpoint(string modelType = "llama", int layers = 2, bool tied = true, int seed = 1)
    {
        _random = new Random(seed);
        Config = new JsonObject
        {
            ["architectures"] = new JsonArray("ForCausalLM"),
            ["model_type"] = modelType,
            ["vocab_size"] = Vocabulary,
            ["hidden_size"] = Hidden,
            ["intermediate_size"] = Intermediate,
            ["num_hidden_layers"] = layers,
            ["num_attention_heads"] = 4,
            ["num_key_value_heads"] = 2,
            ["max_position_embeddings"] = 64,
            ["rms_norm_eps"] = 1e-5,
            ["hidden_act"] = "silu",
            ["tie_word_embeddings"] = tied,
            ["rope_theta"] = 10000.0,
            ["bos_token_id"] = 1,
            ["eos_token_id"] = new JsonArray(2, 3),
        };
        Add("model.embed_tokens.weight", 0.5, Vocabulary, Hidden);
        for (int layer = 0; layer < layers; layer++)
        {
            string path = $"model.layers.{layer}";
            Add($"{path}.input_layernorm.weight", 1, Hidden);
            Add($"{path}.self_attn.q_proj.weight", 0.3, Hidden, Hidden);
            Add($"{path}.self_attn.k_proj.weight", 0.3, Hidden / 2, Hidden);
            Add($"{path}.self_attn.v_proj.weight", 0.3, Hidden / 2, Hidden);
            Add($"{path}.self_attn.o_proj.weight", 0.3, Hidden, Hidden);
            Add($"{path}.post_attention_layernorm.weight", 1, Hidden);
            Add($"{path}.mlp.gate_proj.weight", 0.3, Intermediate, Hidden);
            Add($"{path}.mlp.up_proj.weight", 0.3, Intermediate, Hidden);
            Add($"{path}.mlp.down_proj.weight", 0.3, Hidden, Intermediate);
        }

        Add("model.norm.weight", 1, Hidden);
        if (!tied)
        {
            Add("lm_head.weight", 0.3, Vocabulary, Hidden);
        }
    }

    private SyntheticCheckpoint(JsonObject config, int seed)
    {
        _random = new Random(seed);
        Config = config;
    }

    /// <summary>A checkpoint with the tensors that its configuration asks for.</summary>
    public static SyntheticCheckpoint For(JsonObject config, int seed = 1)
    {
        using TemporaryFolder temporary = new();
        File.WriteAllText(temporary["config.json"], config.ToJsonString());
        SyntheticCheckpoint checkpoint = new(config, seed);
        foreach (TensorOutline tensor in CheckpointOutline.Read(temporary["config.json"]))
        {
            checkpoint.Add(tensor.Name, tensor.Shape.Count == 1 ? 1 : 0.3, [.. tensor.Shape]);
        }

        return checkpoint;
    }

    public JsonObject Config { get; }

    /// <summary>Values and shape by name; a weight's values are in row-major order.</summary>
    public Dictionary<string, (float[] Values, long[] Shape)> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds a tensor of uniform values up to a magnitude.</summary>
    public void Add(string name, double magnitude, params long[] shape) =>
        Tensors[name] = (RandomValues((int)shape.Aggregate(1L, (a, b) => a * b), magnitude), shape);

    public float[] RandomValues(int count, double magnitude) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(((2 * _random.NextDouble()) - 1) * magnitude))];

    /// <summary>Applies a function to each tensor's values.</summary>
    public void Transform(Func<string, float[], long[], float[]> function)
    {
        foreach ((string name, (float[] values, long[] shape)) in Tensors.ToArray())
        {
            Tensors[name] = (function(name, values, shape), shape);
        }
    }

    /// <summary>Writes the folder, with F32 weights unless <paramref name="bfloat16"/>.</summary>
    public string Write(string folder, bool bfloat16 = false)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), Config.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), "{}");
        JsonObject header = [];
        using MemoryStream data = new();
        foreach ((string name, (float[] values, long[] shape)) in Tensors)
        {
            long start = data.Length;
            if (bfloat16)
            {
                data.Write(
                    MemoryMarshal.AsBytes<ushort>([.. values.Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))]));
            }
            else
            {
                data.Write(MemoryMarshal.AsBytes<float>(values));
            }

            header[name] = new JsonObject
            {
                ["dtype"] = bfloat16 ? "BF16" : "F32",
                ["shape"] = new JsonArray([.. shape.Select(size => JsonValue.Create(size))]),
                ["data_offsets"] = new JsonArray(start, data.Length),
            };
        }

        byte[] json = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        byte[] length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), [.. length, .. json, .. data.ToArray()]);
        return folder;
    }
}
