using System.Text.Json;
using ALoRA.Onnx.Export.Tests.Graphs;

namespace ALoRA.Onnx.Export.Tests.Adapters;

/// <summary>Logits and greedy continuations of converted adapters in exported graphs against those of Transformers and PEFT.</summary>
[TestClass]
public sealed class AdapterConformanceTests
{
    private const float Tolerance = 1e-4f;

    [TestMethod]
    [DynamicData(nameof(GoldenData.Models), typeof(GoldenData))]
    [DataRow("demo")]
    public async Task ConvertAsync_EveryAdapterOfAModel_GivesTheLogitsOfPeft(string name)
    {
        string source = Path.GetDirectoryName(GoldenData.Path("models", name, "config.json"))!;
        using TemporaryFolder temporary = new();
        string model = temporary["model"];
        await Exporter.ExportAsync(
            source, model, new ExportOptions { AdapterBias = Directory.Exists(Path.Combine(source, "adapters", "alora_lora_bias")) });
        using JsonDocument cases = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(source, "cases.json")));
        using SafetensorsFile reference = SafetensorsFile.Open(Path.Combine(source, "reference.safetensors"));
        Dictionary<string, Dictionary<string, (float[] Values, long[] Shape)>> adapters = [];
        foreach (JsonProperty adapter in cases.RootElement.GetProperty("adapters").EnumerateObject())
        {
            AdapterReport report = await AdapterConverter.ConvertAsync(Path.Combine(source, "adapters", adapter.Name), model);
            Assert.AreEqual(adapter.Value.GetProperty("kind").GetString(), report.Kind.ToString().ToLowerInvariant());
            adapters.Add(adapter.Name, Inputs(report.Path));
        }

        int compared = 0;
        foreach (JsonElement entry in cases.RootElement.GetProperty("cases").EnumerateArray())
        {
            foreach (string adapter in entry.GetProperty("adapters")
                .EnumerateArray()
                .Select(item => item.GetString()!)
                .Where(adapters.ContainsKey))
            {
                Compare(model, entry, adapter, adapters[adapter], reference);
                compared++;
            }
        }

        Assert.IsGreaterThan(0, compared);
    }

    private static void Compare(
        string model, JsonElement entry, string adapter, Dictionary<string, (float[] Values, long[] Shape)> inputs,
        SafetensorsFile reference)
    {
        string name = entry.GetProperty("name").GetString()!;
        int[] ids = [.. entry.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32())];
        long[] positions = entry.TryGetProperty("logits_positions", out JsonElement given)
            ? [.. given.EnumerateArray().Select(position => position.GetInt64())]
            : [.. Enumerable.Range(0, ids.Length).Select(position => (long)position)];
        int? start = entry.GetProperty("activation_start").TryGetProperty(adapter, out JsonElement activation)
            ? activation.ValueKind == JsonValueKind.Null ? null : activation.GetInt32()
            : 0;
        CheckpointTensor tensor = reference.Tensors[$"{name}.{adapter}.logits"];
        float[] expected = new float[tensor.ElementCount];
        tensor.ReadRowsAsFloat(0, (int)tensor.RowCount, expected);
        int[] greedy = [.. entry.GetProperty($"{adapter}_greedy").EnumerateArray().Select(id => id.GetInt32())];

        using GraphRunner masked = new(model, ids.Length);
        AssertClose(
            expected, masked.Run(ids, positions, With(inputs, Mask(ids.Length, start ?? ids.Length))),
            $"{name}, {adapter}, one masked run");

        // The invocation on the base's own cache, then the continuation with the adapter on every token.
        using GraphRunner handedOver = new(model, ids.Length + greedy.Length);
        int split = Math.Min(start ?? ids.Length, ids.Length - 1);
        if (split > 0)
        {
            handedOver.Run(ids.AsSpan(0, split), [0]);
        }

        Dictionary<string, (float[] Values, long[] Shape)> active = With(inputs, Mask(1, start is null ? 1 : 0));
        float[] logits = handedOver.Run(ids.AsSpan(split), [ids.Length - split - 1], active);
        AssertClose(expected.AsSpan(expected.Length - logits.Length), logits, $"{name}, {adapter}, on the base's cache");
        List<int> continued = [];
        while (true)
        {
            continued.Add(Array.IndexOf(logits, logits.Max()));
            if (continued.Count == greedy.Length)
            {
                break;
            }

            logits = handedOver.Run([continued[^1]], [0], active);
        }

        CollectionAssert.AreEqual(greedy, continued, $"{name}, {adapter}");
    }

    private static Dictionary<string, (float[] Values, long[] Shape)> Inputs(string folder) =>
        OnnxAdapterFile.Read(Path.Combine(folder, "adapter.onnx_adapter")).Values
            .ToDictionary(parameter => parameter.Name, parameter => (parameter.Values, parameter.Shape), StringComparer.Ordinal);

    private static Dictionary<string, (float[] Values, long[] Shape)> With(
        Dictionary<string, (float[] Values, long[] Shape)> inputs, float[] mask) =>
        new(inputs) { ["activation_mask"] = (mask, [1, mask.Length, 1]) };

    private static float[] Mask(int length, int start) => [.. Enumerable.Range(0, length).Select(position => position >= start ? 1f : 0f)];

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.AreEqual(expected.Length, actual.Length, what);
        Assert.IsLessThanOrEqualTo(Tolerance, Deviation.Largest(expected, actual), what);
    }
}
