using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Tests.Checkpoints;
using ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>A GGUF file of each architecture gives the reference's logits of the checkpoint that it was made from.</summary>
[TestClass]
public sealed class GgufArchitectureTests
{
    private const float Tolerance = 1e-4f;

    [TestMethod]
    [DataRow("llama", "llama")]
    [DataRow("llama3", "llama")]
    [DataRow("mistral", "llama")]
    [DataRow("granite", "granite")]
    [DataRow("qwen2", "qwen2")]
    [DataRow("qwen3", "qwen3")]
    [DataRow("phi3", "phi3")]
    [DataRow("gemma", "gemma")]
    [DataRow("gemma2", "gemma2")]
    [DataRow("gemma3_text", "gemma3")]
    [DataRow("olmo2", "olmo2")]
    public async Task Export_GgufOfAGoldenCheckpoint_GivesTheReferenceLogits(string model, string architecture)
    {
        string source = GoldenData.Path("models", model);
        using TemporaryFolder temporary = new();
        await ExportAsGgufAsync(source, architecture, temporary);
        using JsonDocument cases = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(source, "cases.json")));
        using SafetensorsFile reference = SafetensorsFile.Open(Path.Combine(source, "reference.safetensors"));
        JsonElement entry = cases.RootElement.GetProperty("cases")[0];
        int[] ids = [.. entry.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32())];
        long[] positions = entry.TryGetProperty("logits_positions", out JsonElement given)
            ? [.. given.EnumerateArray().Select(position => position.GetInt64())]
            : Everywhere(ids);
        float[] expected = TensorBytes.ReadFloats(reference.Tensors[$"{entry.GetProperty("name").GetString()}.base_logits"]);
        AssertClose(expected, Logits(temporary["gguf"], ids, positions));
    }

    // llama.cpp has a fixed rule for the layers without rotary embedding, other than the golden checkpoint's.
    [TestMethod]
    public async Task Export_GgufOfSmolLm3_GivesTheLogitsOfTheCheckpointWithTheRuleOfLlamaCpp()
    {
        string source = GoldenData.Path("models", "smollm3");
        using TemporaryFolder temporary = new();
        await ExportAsGgufAsync(source, "smollm3", temporary);
        JsonObject config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(source, "config.json")))!.AsObject();
        config["no_rope_layers"] = null;
        Directory.CreateDirectory(temporary["checkpoint"]);
        await File.WriteAllTextAsync(Path.Combine(temporary["checkpoint"], "config.json"), config.ToJsonString());
        File.Copy(Path.Combine(source, "model.safetensors"), Path.Combine(temporary["checkpoint"], "model.safetensors"));
        await Exporter.ExportAsync(temporary["checkpoint"], temporary["expected"]);
        int[] ids = [.. Enumerable.Range(0, 40).Select(i => (i * 37 % 250) + 3)];
        AssertClose(Logits(temporary["expected"], ids, Everywhere(ids)), Logits(temporary["gguf"], ids, Everywhere(ids)));
    }

    private static async Task ExportAsGgufAsync(string source, string architecture, TemporaryFolder temporary)
    {
        using Checkpoint checkpoint = CheckpointReader.Open(source);
        await File.WriteAllBytesAsync(temporary["model.gguf"], GgufCheckpoints.Convert(checkpoint, architecture).ToBytes());
        await Exporter.ExportAsync(temporary["model.gguf"], temporary["gguf"]);
    }

    private static long[] Everywhere(int[] ids) => [.. Enumerable.Range(0, ids.Length).Select(i => (long)i)];

    private static float[] Logits(string model, int[] ids, long[] positions)
    {
        using GraphRunner runner = new(model, ids.Length);
        return runner.Run(ids, positions);
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        Assert.IsLessThanOrEqualTo(Tolerance, Deviation.Largest(expected, actual));
    }
}
