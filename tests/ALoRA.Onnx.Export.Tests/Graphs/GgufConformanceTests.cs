using System.Text.Json;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>
/// GGUF files against the reference's logits for their dequantized weights, dequantized here as well and with their blocks as they are.
/// </summary>
[TestClass]
public sealed class GgufConformanceTests
{
    private const float Tolerance = 1e-4f;
    private const float ModelTolerance = 2e-3f;

    [TestMethod]
    [DataRow("llama-f32.gguf", ExportPrecision.Float32)]
    [DataRow("llama-f16.gguf", ExportPrecision.Float32)]
    [DataRow("llama-bf16.gguf", ExportPrecision.Float32)]
    [DataRow("llama-q4_0.gguf", ExportPrecision.Float32)]
    [DataRow("llama-q4_1.gguf", ExportPrecision.Float32)]
    [DataRow("llama-q8_0.gguf", ExportPrecision.Float32)]
    [DataRow("llama-f32.gguf", ExportPrecision.Gguf)]
    [DataRow("llama-f16.gguf", ExportPrecision.Gguf)]
    [DataRow("llama-q4_0.gguf", ExportPrecision.Gguf)]
    [DataRow("llama-q4_1.gguf", ExportPrecision.Gguf)]
    [DataRow("llama-q8_0.gguf", ExportPrecision.Gguf)]
    [DataRow("llama-q4_0.gguf", ExportPrecision.Int4)]
    public async Task Export_SmallFile_LogitsAndGreedyTokensEqualTheReference(string file, ExportPrecision precision)
    {
        string source = GoldenData.Path("gguf", file);
        using JsonDocument cases = JsonDocument.Parse(await File.ReadAllBytesAsync(GoldenData.Path("gguf", "cases.json")));
        using SafetensorsFile reference = SafetensorsFile.Open(GoldenData.Path("gguf", "reference.safetensors"));
        using TemporaryFolder temporary = new();

        // Q4_0 blocks pass through int4 unchanged, too, as long as the tables keep their own.
        ExportOptions options = new()
        {
            Precision = precision,
            EmbeddingPrecision = precision == ExportPrecision.Int4 ? ExportPrecision.Gguf : null,
            HeadPrecision = precision == ExportPrecision.Int4 ? ExportPrecision.Gguf : null,
            AccuracyLevel = 0,
        };
        ExportReport report = await Exporter.ExportAsync(source, temporary["model"], options);

        JsonElement entry = cases.RootElement.GetProperty("cases")
            .EnumerateArray()
            .Single(item => item.GetProperty("file").GetString() == file);
        int[] ids = Ids(entry.GetProperty("input_ids"));
        int[] greedy = Ids(entry.GetProperty("greedy"));
        float[] expected = Values(reference.Tensors[$"{Path.GetFileNameWithoutExtension(file)}.logits"]);
        AssertEqual(temporary["model"], ids, [.. Enumerable.Range(0, ids.Length).Select(i => (long)i)], expected, greedy, Tolerance);
        Assert.IsEmpty(report.Warnings);
    }

    [TestMethod]
    public async Task Export_SmolLm2_LogitsAndGreedyTokensEqualTheReference()
    {
        string folder = GoldenData.Path("models", "smollm2-135m-instruct");
        using JsonDocument cases = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "cases.json")));
        using SafetensorsFile reference = SafetensorsFile.Open(Path.Combine(folder, "reference.safetensors"));
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(folder, temporary["model"]);

        JsonElement entry = cases.RootElement.GetProperty("cases")[0];
        long[] positions = [.. entry.GetProperty("logits_positions").EnumerateArray().Select(item => item.GetInt64())];
        float[] expected = Values(reference.Tensors[$"{entry.GetProperty("name").GetString()}.base_logits"]);
        AssertEqual(
            temporary["model"], Ids(entry.GetProperty("input_ids")), positions, expected, Ids(entry.GetProperty("base_greedy")),
            ModelTolerance);
    }

    [TestMethod]
    public async Task Export_SmolLm2WithItsBlocks_LogitsEqualTheFloat32Export()
    {
        string folder = GoldenData.Path("models", "smollm2-135m-instruct");
        using JsonDocument cases = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "cases.json")));
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(folder, temporary["float32"]);
        await Exporter.ExportAsync(folder, temporary["gguf"], new ExportOptions { Precision = ExportPrecision.Gguf, AccuracyLevel = 0 });
        int[] ids =
            [.. cases.RootElement.GetProperty("cases").EnumerateArray().SelectMany(entry => Ids(entry.GetProperty("input_ids"))).Take(300)];
        long[] positions = [.. Enumerable.Range(0, ids.Length).Select(i => (long)i)];

        float[] expected = Run(temporary["float32"], ids, positions);
        float[] actual = Run(temporary["gguf"], ids, positions);

        Assert.IsLessThanOrEqualTo(ModelTolerance, Deviation.Largest(expected, actual));
        int vocabulary = expected.Length / ids.Length;
        int equal = positions.Count(row => Largest(expected, (int)row, vocabulary) == Largest(actual, (int)row, vocabulary));
        Assert.IsGreaterThanOrEqualTo(0.99 * ids.Length, equal);
    }

    private static void AssertEqual(string model, int[] ids, long[] positions, float[] expected, int[] greedy, float tolerance)
    {
        Assert.IsLessThanOrEqualTo(tolerance, Deviation.Largest(expected, Run(model, ids, positions)));

        // A prefill chunk that wants no logits.
        using GraphRunner chunked = new(model, ids.Length);
        Assert.IsEmpty(chunked.Run(ids.AsSpan(0, ids.Length / 2), []));
        float[] last = chunked.Run(ids.AsSpan(ids.Length / 2), [ids.Length - (ids.Length / 2) - 1]);
        Assert.IsLessThanOrEqualTo(tolerance, Deviation.Largest(expected.AsSpan()[^last.Length..], last));
        using GraphRunner runner = new(model, ids.Length + greedy.Length);
        CollectionAssert.AreEqual(greedy, runner.Greedy(runner.Run(ids, [ids.Length - 1]), greedy.Length));
    }

    private static float[] Run(string model, int[] ids, long[] positions)
    {
        using GraphRunner runner = new(model, ids.Length);
        return runner.Run(ids, positions);
    }

    private static int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetInt32())];

    private static float[] Values(CheckpointTensor tensor)
    {
        float[] values = new float[tensor.ElementCount];
        tensor.ReadRowsAsFloat(0, (int)tensor.RowCount, values);
        return values;
    }

    private static int Largest(float[] logits, int row, int vocabulary)
    {
        ReadOnlySpan<float> values = logits.AsSpan(row * vocabulary, vocabulary);
        return System.Numerics.Tensors.TensorPrimitives.IndexOfMax(values);
    }
}
