using System.Text.Json.Nodes;
using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Tensors;
using ALoRA.Onnx.Tests.Models;

namespace ALoRA.Onnx.Tests.Adapters;

/// <summary>A tiny adapter for <see cref="TestManifest"/>'s model, as files and loaded.</summary>
internal static class TestAdapter
{
    public const int Rank = 2;

    /// <summary>A loaded adapter without a registry.</summary>
    public static Adapter Create(string name)
    {
        using TemporaryFolder folder = new();
        Write(folder.Path, name);
        AdapterManifest manifest = AdapterManifest.Read(folder.Path);
        return new Adapter(
            name, folder.Path, manifest,
            AdapterWeights.Read(folder[manifest.WeightsFile], manifest, TestManifest.Read(), TensorMemory.Host));
    }

    /// <summary>Writes <c>adapter.json</c> and the weights.</summary>
    public static void Write(
        string folder, string name, Action<JsonObject>? change = null, (string Name, long[] Shape, float[] Values)[]? tensors = null)
    {
        Directory.CreateDirectory(folder);
        JsonObject json = Json(name);
        change?.Invoke(json);
        File.WriteAllText(Path.Combine(folder, AdapterManifest.FileName), json.ToJsonString());
        File.WriteAllBytes(Path.Combine(folder, "adapter.onnx_adapter"), AdapterBytes.Build(tensors ?? [.. Tensors()]));
    }

    public static JsonObject Json(string name) => new()
    {
        ["format"] = 1,
        ["name"] = name,
        ["kind"] = "alora",
        ["weights"] = "adapter.onnx_adapter",
        ["base"] = new JsonObject { ["name_or_path"] = "tiny", ["fingerprint"] = "sha256:00" },
        ["element_type"] = "float32",
        ["rank"] = Rank,
        ["alpha"] = 4,
        ["invocation_tokens"] = new JsonArray(3, 4),
        ["activation_offset"] = 0,
        ["target_modules"] = new JsonArray("self_attn.o_proj"),
        ["groups"] = new JsonArray(new JsonObject { ["name"] = "o", ["rank"] = Rank }),
        ["parameters"] = 2 * 2 * 8 * Rank,
    };

    public static IEnumerable<(string Name, long[] Shape, float[] Values)> Tensors()
    {
        for (int layer = 0; layer < 2; layer++)
        {
            yield return ($"model.layers.{layer}.self_attn.o_proj.lora_A.weight", [8, Rank], new float[8 * Rank]);
            yield return ($"model.layers.{layer}.self_attn.o_proj.lora_B.weight", [Rank, 8], new float[8 * Rank]);
        }

        yield return ("activation_mask", [1, 1, 1], [1]);
    }
}
