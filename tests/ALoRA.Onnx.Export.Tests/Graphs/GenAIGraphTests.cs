namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary><c>genai.onnx</c> in plain ONNX Runtime against <c>model.onnx</c>.</summary>
[TestClass]
public sealed class GenAIGraphTests
{
    private const int Layers = 2;
    private const int Rank = 3;

    private static readonly int[] Ids = [5, 7, 1, 30, 22, 9, 41, 2];

    [TestMethod]
    public async Task Export_GenAI_HasTheInputsAndOutputsThatGenAIGives()
    {
        using TemporaryFolder temporary = new();
        using GenAIGraphRunner graph = new(await ExportAsync(temporary), Ids.Length);
        using GraphRunner model = new(temporary["model"], Ids.Length);

        string[] cache =
        [
            .. Enumerable.Range(0, Layers).SelectMany(layer => new[] { $"past_key_values.{layer}.key", $"past_key_values.{layer}.value" }),
        ];
        CollectionAssert.AreEquivalent(new[] { "input_ids", "attention_mask" }.Concat(cache).ToArray(), graph.InputNames.ToArray());
        CollectionAssert.AreEqual(new[] { -1, 1, SyntheticCheckpoint.Vocabulary }, graph.LogitsShape);
        CollectionAssert.AreEquivalent(model.OverridableNames.ToArray(), graph.OverridableNames.ToArray());
        CollectionAssert.Contains(graph.OverridableNames.ToArray(), "activation_mask");
    }

    [TestMethod]
    public async Task Export_WithoutGenAI_HasNoFilesOfIt()
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(new SyntheticCheckpoint().Write(temporary["checkpoint"]), temporary["model"]);

        Assert.IsEmpty(Directory.GetFiles(temporary["model"], "genai*"));
    }

    [TestMethod]
    [DataRow("llama")]
    [DataRow("granite")]
    public async Task Run_PrefillChunkAndDecode_EqualTheModelBitForBit(string modelType)
    {
        using TemporaryFolder temporary = new();
        string folder = await ExportAsync(temporary, modelType);
        using GraphRunner model = new(folder, Ids.Length);
        using GenAIGraphRunner graph = new(folder, Ids.Length);

        int past = 0;
        foreach (int count in (int[])[4, 2, 1, 1])
        {
            ReadOnlySpan<int> ids = Ids.AsSpan(past, count);
            CollectionAssert.AreEqual(model.Run(ids, [count - 1]), graph.Run(ids, past), $"{count} ids behind {past}");
            past += count;
        }
    }

    [TestMethod]
    public async Task Run_MaskForAllOrForEachToken_EqualsTheModelBitForBit()
    {
        using TemporaryFolder temporary = new();
        string folder = await ExportAsync(temporary);
        Dictionary<string, (float[] Values, long[] Shape)> adapter = RandomAdapter();
        float[] half = [.. Ids.Select((_, i) => i < 4 ? 0f : 1f)];

        float[] without = Run(folder, []);
        adapter["activation_mask"] = ([1], [1, 1, 1]);
        float[] all = Run(folder, adapter);
        adapter["activation_mask"] = (half, [1, Ids.Length, 1]);
        float[] some = Run(folder, adapter);

        CollectionAssert.AreNotEqual(without, all);
        CollectionAssert.AreNotEqual(without, some);
        CollectionAssert.AreNotEqual(all, some);
    }

    [TestMethod]
    public async Task Run_SequencesOfDifferentLength_GivesTheLastRowOfEach()
    {
        using TemporaryFolder temporary = new();
        string folder = await ExportAsync(temporary);
        int[] shorter = [.. Ids.Take(3)];
        using GenAIGraphRunner first = new(folder, Ids.Length + 1);
        using GenAIGraphRunner second = new(folder, Ids.Length + 1);
        using GenAIGraphRunner both = new(folder, Ids.Length + 1, batch: 2);
        long[] padded = [.. Enumerable.Repeat(1L, Ids.Length), 1, 1, 1, 0, 0, 0, 0, 0];

        AssertClose([.. first.Run(Ids, 0), .. second.Run(shorter, 0)], both.Run([.. Ids, .. shorter, 0, 0, 0, 0, 0], padded));
        AssertClose(
            [.. first.Run([11], Ids.Length), .. second.Run([12], shorter.Length)],
            both.Run([11, 12], [.. padded.Take(Ids.Length), 1, .. padded.Skip(Ids.Length), 1]));
    }

    // Both graphs, whose results must be the same.
    private static float[] Run(string folder, Dictionary<string, (float[] Values, long[] Shape)> extra)
    {
        using GraphRunner model = new(folder, Ids.Length);
        using GenAIGraphRunner graph = new(folder, Ids.Length);
        float[] logits = graph.Run(Ids, 0, extra: extra);
        CollectionAssert.AreEqual(model.Run(Ids, [Ids.Length - 1], extra), logits);
        return logits;
    }

    private static Dictionary<string, (float[] Values, long[] Shape)> RandomAdapter()
    {
        Random random = new(3);
        Dictionary<string, (float[] Values, long[] Shape)> adapter = new(StringComparer.Ordinal);
        for (int layer = 0; layer < Layers; layer++)
        {
            foreach ((string path, int inputs, int outputs) in new[]
            {
                ("self_attn.qkv_proj", 64, 128), ("self_attn.o_proj", 64, 64), ("mlp.gate_up_proj", 64, 192), ("mlp.down_proj", 96, 64),
            })
            {
                adapter[$"model.layers.{layer}.{path}.lora_A.weight"] = (Values(inputs * Rank), [inputs, Rank]);
                adapter[$"model.layers.{layer}.{path}.lora_B.weight"] = (Values(Rank * outputs), [Rank, outputs]);
            }
        }

        return adapter;

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }

    private static async Task<string> ExportAsync(TemporaryFolder temporary, string modelType = "llama")
    {
        SyntheticCheckpoint checkpoint = new(modelType, Layers);
        await Exporter.ExportAsync(checkpoint.Write(temporary["checkpoint"]), temporary["model"], new ExportOptions { GenAI = true });
        return temporary["model"];
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        Assert.IsLessThanOrEqualTo(2e-5f, Deviation.Largest(expected, actual));
    }
}
