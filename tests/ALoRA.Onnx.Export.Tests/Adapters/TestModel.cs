using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Tests.Adapters;

/// <summary>Model folders that hold nothing but the manifest, which is all that a conversion reads.</summary>
internal static class TestModel
{
    public const int Hidden = 6;
    public const int Value = 4;
    public const int Intermediate = 10;
    public const int Vocabulary = 50;

    /// <summary>Writes a model of the size of the constants with the groups qkv, o, gate_up and down, and returns its folder.</summary>
    public static string Tiny(
        TemporaryFolder temporary, string activations = "float32", int layers = 2, string folder = "model", bool adapterBias = false)
    {
        JsonObject manifest = new()
        {
            ["format"] = 1,
            ["generator"] = "test",
            ["architecture"] = "llama",
            ["name"] = "tiny",
            ["base"] = new JsonObject { ["name_or_path"] = "somebody/tiny", ["fingerprint"] = "sha256:" + new string('0', 64) },
            ["vocab_size"] = Vocabulary,
            ["hidden_size"] = Hidden,
            ["head_dim"] = 2,
            ["adapter_bias"] = adapterBias,
            ["num_hidden_layers"] = layers,
            ["precision"] = new JsonObject { ["name"] = activations, ["activations"] = activations },
            ["adapter_groups"] = new JsonArray(
                Group("qkv", "self_attn.qkv_proj", Hidden, ("self_attn.q_proj", Hidden), ("self_attn.k_proj", Value),
                    ("self_attn.v_proj", Value)),
                Group("o", "self_attn.o_proj", Hidden, ("self_attn.o_proj", Hidden)),
                Group("gate_up", "mlp.gate_up_proj", Hidden, ("mlp.gate_proj", Intermediate), ("mlp.up_proj", Intermediate)),
                Group("down", "mlp.down_proj", Intermediate, ("mlp.down_proj", Hidden))),
        };
        string path = temporary[folder];
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "alora_config.json"), manifest.ToJsonString());
        return path;
    }

    private static JsonObject Group(string name, string prefix, int inputSize, params ReadOnlySpan<(string Module, int Size)> outputs)
    {
        JsonArray list = [];
        foreach ((string module, int size) in outputs)
        {
            list.Add((JsonNode)new JsonObject { ["module"] = module, ["size"] = size });
        }

        return new JsonObject
        {
            ["name"] = name,
            ["prefix"] = $"model.layers.{{layer}}.{prefix}",
            ["input_size"] = inputSize,
            ["outputs"] = list,
        };
    }
}
