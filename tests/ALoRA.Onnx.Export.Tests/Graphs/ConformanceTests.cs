using System.Text.Json;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>Base logits and greedy continuations of exported checkpoints against those of the reference implementation.</summary>
[TestClass]
public sealed class ConformanceTests
{
    private const float Tolerance = 1e-4f;

    [TestMethod]
    [DynamicData(nameof(GoldenData.Models), typeof(GoldenData))]
    [DataRow("demo")]
    public async Task Export_Float32_BaseLogitsAndGreedyTokensEqualTheReference(string model)
    {
        string source = Path.GetDirectoryName(GoldenData.Path("models", model, "config.json"))!;
        using TemporaryFolder temporary = new();
        string target = temporary["model"];
        await Exporter.ExportAsync(source, target);
        using JsonDocument cases = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(source, "cases.json")));
        using SafetensorsFile reference = SafetensorsFile.Open(Path.Combine(source, "reference.safetensors"));
        int compared = 0;
        foreach (JsonElement entry in cases.RootElement.GetProperty("cases").EnumerateArray())
        {
            string name = entry.GetProperty("name").GetString()!;
            int[] ids = [.. entry.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32())];
            CheckpointTensor expected = reference.Tensors[$"{name}.base_logits"];
            long[] positions = entry.TryGetProperty("logits_positions", out JsonElement given)
                ? [.. given.EnumerateArray().Select(position => position.GetInt64())]
                : [.. Enumerable.Range(0, ids.Length).Select(position => (long)position)];
            int[] greedy = [.. entry.GetProperty("base_greedy").EnumerateArray().Select(id => id.GetInt32())];
            using GraphRunner runner = new(target, ids.Length + greedy.Length);
            float[] logits = runner.Run(ids, positions);

            Assert.AreEqual(expected.ElementCount, logits.Length, name);
            float[] wanted = new float[expected.ElementCount];
            expected.ReadRowsAsFloat(0, (int)expected.RowCount, wanted);
            Assert.IsLessThanOrEqualTo(Tolerance, Deviation.Largest(wanted, logits), $"{name}: largest difference of logits");
            using GraphRunner continuation = new(target, ids.Length + greedy.Length);
            float[] last = continuation.Run(ids, [ids.Length - 1]);
            CollectionAssert.AreEqual(greedy, continuation.Greedy(last, greedy.Length), name);
            compared++;
        }

        Assert.IsGreaterThan(0, compared);
    }
}
