using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Tests.Models;

/// <summary>The manifest of a made-up model of two layers.</summary>
internal static class TestManifest
{
    public static ModelManifest Read(Action<JsonObject>? change = null)
    {
        using TemporaryFolder folder = new();
        JsonObject json = Json();
        change?.Invoke(json);
        File.WriteAllText(folder[ModelManifest.FileName], json.ToJsonString());
        return ModelManifest.Read(folder.Path);
    }

    public static JsonObject Json() => new()
    {
        ["format"] = 1,
        ["generator"] = "test",
        ["architecture"] = "llama",
        ["name"] = "tiny",
        ["base"] = new JsonObject { ["name_or_path"] = "tiny", ["fingerprint"] = "sha256:00" },
        ["vocab_size"] = 16,
        ["hidden_size"] = 8,
        ["num_hidden_layers"] = 2,
        ["num_attention_heads"] = 4,
        ["num_key_value_heads"] = 2,
        ["head_dim"] = 16,
        ["max_position_embeddings"] = 64,
        ["bos_token_id"] = null,
        ["eos_token_id"] = new JsonArray(1, 2),
        ["pad_token_id"] = 0,
        ["precision"] = new JsonObject
        {
            ["name"] = "int4",
            ["weights"] = "int4",
            ["embedding"] = "int8",
            ["lm_head"] = "int8",
            ["activations"] = "float32",
            ["kv_cache"] = "float32",
            ["block_size"] = 32,
            ["symmetric"] = true,
            ["accuracy_level"] = 4,
        },
        ["graphs"] = new JsonObject { ["model"] = "model.onnx" },
        ["weights"] = new JsonObject { ["file"] = "model.onnx.data", ["bytes"] = 3_000_000_000 },
        ["adapter_groups"] = new JsonArray(
            new JsonObject
            {
                ["name"] = "o",
                ["prefix"] = "model.layers.{layer}.self_attn.o_proj",
                ["input_size"] = 8,
                ["outputs"] = new JsonArray(new JsonObject { ["module"] = "self_attn.o_proj", ["size"] = 8 }),
            }),
    };
}
