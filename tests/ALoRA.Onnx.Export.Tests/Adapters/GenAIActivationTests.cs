using System.Text.Json;
using ALoRA.Onnx.Export.Tests.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Export.Tests.Adapters;

/// <summary>
/// An aLoRA as ONNX Runtime GenAI switches it on: the prompt without it, then the
/// run's options with it, from the invocation on. Against PEFT.
/// </summary>
[TestClass]
public sealed class GenAIActivationTests
{
    private const string Adapter = "alora_all";
    private const float Tolerance = 1e-4f;

    [TestMethod]
    [DataRow("gemma2")]
    [DataRow("gemma3_text")]
    [DataRow("granite")]
    [DataRow("llama")]
    [DataRow("mistral_sliding")]
    [DataRow("olmo2")]
    [DataRow("phi3")]
    [DataRow("qwen3")]
    [DataRow("smollm3")]
    [DataRow("stablelm")]
    public async Task AddActiveLoraAdapter_BehindThePrompt_GivesTheLogitsAndGreedyIdsOfPeft(string architecture)
    {
        string source = GoldenData.Path("models", architecture);
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(source, temporary["model"], new ExportOptions { GenAI = true });
        AdapterReport report = await AdapterConverter.ConvertAsync(Path.Combine(source, "adapters", Adapter), temporary["model"]);
        using OrtLoraAdapter adapter = OrtLoraAdapter.Create(Path.Combine(report.Path, "adapter.onnx_adapter"), null);
        using SafetensorsFile reference = SafetensorsFile.Open(Path.Combine(source, "reference.safetensors"));
        using JsonDocument cases = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(source, "cases.json")));
        int compared = 0;
        foreach (JsonElement entry in cases.RootElement.GetProperty("cases").EnumerateArray())
        {
            if (entry.GetProperty("activation_start").TryGetProperty(Adapter, out JsonElement start)
                && start.ValueKind == JsonValueKind.Number)
            {
                Check(temporary["model"], adapter, reference, entry, start.GetInt32());
                compared++;
            }
        }

        Assert.IsGreaterThan(0, compared);
    }

    private static void Check(string model, OrtLoraAdapter adapter, SafetensorsFile reference, JsonElement entry, int start)
    {
        string name = entry.GetProperty("name").GetString()!;
        int[] ids = Ints(entry, "input_ids");
        int[] greedy = Ints(entry, $"{Adapter}_greedy");
        CheckpointTensor logits = reference.Tensors[$"{name}.{Adapter}.logits"];
        float[] all = new float[logits.ElementCount];
        logits.ReadRowsAsFloat(0, (int)logits.RowCount, all);

        using GenAIGraphRunner graph = new(model, ids.Length + greedy.Length);
        if (start > 0)
        {
            graph.Run(ids.AsSpan(0, start), 0);
        }

        float[] last = graph.Run(ids.AsSpan(start), start, adapter);
        Assert.IsLessThanOrEqualTo(Tolerance, Deviation.Largest(all.AsSpan()[^last.Length..], last), name);
        for (int i = 0; i < greedy.Length; i++)
        {
            Assert.AreEqual(greedy[i], Array.IndexOf(last, last.Max()), $"{name}, id {i}");
            last = graph.Run([greedy[i]], ids.Length + i, adapter);
        }
    }

    private static int[] Ints(JsonElement entry, string name) => [.. entry.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
}
