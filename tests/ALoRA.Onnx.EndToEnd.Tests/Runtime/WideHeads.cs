using System.Buffers.Binary;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Made-up checkpoints whose heads have sizes that our own attention has, and adapters for them.</summary>
internal static class WideHeads
{
    private const int Layers = 3;
    private const int Middle = 96;

    /// <summary>Writes a checkpoint.</summary>
    /// <returns>Its folder.</returns>
    public static async Task<string> SynthesizeAsync(TemporaryFolder folder, int size, int heads, int keyHeads, int positions = 64)
    {
        await File.WriteAllTextAsync(
            folder["config.json"],
            $$"""
            {
              "architectures": ["GraniteForCausalLM"], "model_type": "granite", "attention_bias": false, "attention_multiplier": 0.1,
              "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0, "embedding_multiplier": 12.0, "hidden_act": "silu",
              "hidden_size": {{size * heads}}, "initializer_range": 0.02, "intermediate_size": {{Middle}}, "logits_scaling": 8.0,
              "max_position_embeddings": {{positions}}, "mlp_bias": false, "num_attention_heads": {{heads}},
              "num_hidden_layers": {{Layers}}, "num_key_value_heads": {{keyHeads}}, "residual_multiplier": 0.22, "rms_norm_eps": 1e-05,
              "rope_theta": 10000.0, "tie_word_embeddings": true, "vocab_size": 300, "torch_dtype": "float32"
            }
            """);
        using Terminal terminal = Terminal.OfThisProcess();
        Assert.AreEqual(
            0, await new AloraTool(terminal).InvokeAsync(["synthesize", folder["config.json"], "-o", folder["checkpoint"]], default));
        return folder["checkpoint"];
    }

    /// <summary>Writes an aLoRA as PEFT does.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="name">Its folder in it.</param>
    /// <param name="rank">Its rank.</param>
    /// <param name="invocation">Its invocation tokens.</param>
    /// <param name="modules">What it changes: module, inputs, outputs.</param>
    /// <returns>Its folder.</returns>
    public static string WriteAdapter(
        TemporaryFolder folder, string name, int rank, int[] invocation, params (string Module, int Inputs, int Outputs)[] modules)
    {
        Directory.CreateDirectory(folder[name]);
        File.WriteAllText(
            folder[name, "adapter_config.json"],
            new JsonObject
            {
                ["peft_type"] = "LORA",
                ["task_type"] = "CAUSAL_LM",
                ["base_model_name_or_path"] = "tiny",
                ["r"] = rank,
                ["lora_alpha"] = 2 * rank,
                ["bias"] = "none",
                ["target_modules"] = new JsonArray([.. modules.Select(module => (JsonNode)module.Module.Split('.')[^1])]),
                ["alora_invocation_tokens"] = new JsonArray([.. invocation.Select(token => (JsonNode)token)]),
                ["use_rslora"] = false,
            }.ToJsonString());
        JsonObject header = [];
        List<float> values = [];
        Random random = new(rank + invocation[0]);
        for (int layer = 0; layer < Layers; layer++)
        {
            foreach ((string module, int inputs, int outputs) in modules)
            {
                Add($"base_model.model.model.layers.{layer}.{module}.lora_A.weight", rank, inputs);
                Add($"base_model.model.model.layers.{layer}.{module}.lora_B.weight", outputs, rank);
            }
        }

        byte[] json = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        using FileStream file = File.Create(folder[name, "adapter_model.safetensors"]);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        file.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values.ToArray()));
        return folder[name];

        void Add(string tensor, int rows, int columns)
        {
            header[tensor] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray(rows, columns),
                ["data_offsets"] = new JsonArray(values.Count * sizeof(float), (values.Count + (rows * columns)) * sizeof(float)),
            };
            values.AddRange(Enumerable.Range(0, rows * columns).Select(_ => (float)((random.NextDouble() - 0.5) / 2)));
        }
    }
}
