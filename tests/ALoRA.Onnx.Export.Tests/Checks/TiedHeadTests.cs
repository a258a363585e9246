using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

namespace ALoRA.Onnx.Export.Tests.Checks;

/// <summary>A checkpoint whose configuration ties embedding and head is exported with the tensors that it really has.</summary>
[TestClass]
public sealed class TiedHeadTests
{
    private const string Embedding = "model.embed_tokens.weight";
    private const string Head = "lm_head.weight";

    [TestMethod]
    [DataRow("llama", DisplayName = "01-tied-llama-own-head")]
    [DataRow("mistral", DisplayName = "02-tied-mistral-own-head")]
    [DataRow("gemma")]
    [DataRow("gemma2", """{"sliding_window":5}""")]
    [DataRow("gemma3_text", """{"sliding_window":5}""")]
    [DataRow("granite")]
    [DataRow("olmo2")]
    [DataRow("phi3")]
    [DataRow("qwen2")]
    [DataRow("qwen3")]
    [DataRow("smollm3")]
    [DataRow("stablelm")]
    [DataRow("starcoder2")]
    public async Task Export_TiedWithADifferentHead_IsTheExportOfTheUntiedModel(string modelType, string settings = "{}")
    {
        SyntheticCheckpoint checkpoint = SyntheticCheckpoint.For(Config(modelType, settings));
        Assert.IsTrue(checkpoint.Tensors.ContainsKey(Head));
        (byte[] expected, _) = await ExportAsync(checkpoint);
        checkpoint.Config["tie_word_embeddings"] = true;

        (byte[] actual, IReadOnlyList<string> warnings) = await ExportAsync(checkpoint);

        CollectionAssert.AreEqual(expected, actual);
        Assert.IsTrue(warnings.Any(warning => warning.Contains("both are kept", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow(false, DisplayName = "03-tied-equal-copy")]
    [DataRow(true, DisplayName = "03-tied-equal-copy, several pieces long")]
    public async Task Export_TiedWithACopyOfTheEmbedding_IsTheExportWithoutTheCopy(bool large)
    {
        // 1,000 rows of 640 numbers are more than two of the pieces that are compared.
        SyntheticCheckpoint checkpoint = large
            ? SyntheticCheckpoint.For(Config("llama", """{"tie_word_embeddings":true,"vocab_size":1000,"hidden_size":640}"""))
            : new SyntheticCheckpoint();
        (byte[] expected, _) = await ExportAsync(checkpoint);
        checkpoint.Tensors[Head] = checkpoint.Tensors[Embedding];

        (byte[] actual, IReadOnlyList<string> warnings) = await ExportAsync(checkpoint);

        CollectionAssert.AreEqual(expected, actual);
        Assert.IsEmpty(warnings);
        (float[] values, long[] shape) = checkpoint.Tensors[Embedding];
        float[] changed = [.. values];
        changed[^1] += 1;
        checkpoint.Tensors[Head] = (changed, shape);
        Assert.AreEqual(expected.Length + (changed.Length * sizeof(float)), (await ExportAsync(checkpoint)).Weights.Length, 4096);
    }

    [TestMethod]
    public async Task Export_TiedWithTheHeadAlone_TakesItForBoth()
    {
        SyntheticCheckpoint checkpoint = new();
        (byte[] expected, _) = await ExportAsync(checkpoint);
        checkpoint.Tensors[Head] = checkpoint.Tensors[Embedding];
        checkpoint.Tensors.Remove(Embedding);

        (byte[] actual, _) = await ExportAsync(checkpoint);

        CollectionAssert.AreEqual(expected, actual);
    }

    [TestMethod]
    public async Task Check_TiedWithAHeadOfAnotherShape_IsRefused()
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        checkpoint.Add(Head, 1, SyntheticCheckpoint.Vocabulary + 1, SyntheticCheckpoint.Hidden);
        string source = checkpoint.Write(temporary["checkpoint"]);

        CheckpointFormatException exception =
            await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => Exporter.CheckAsync(source));

        Assert.Contains("tensor 'lm_head.weight': expected shape [48, 64], got [49, 64]", exception.Message);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Open_GgufWithAHead_IsTiedOnlyWhereItRepeatsTheEmbedding(bool copy)
    {
        using TemporaryFolder folder = new();
        float[] head = [.. Enumerable.Range(0, 40).Select(i => copy ? i : i + 1f)];
        File.WriteAllBytes(folder["tiny.gguf"], TinyGguf.Make().WithTensor("output.weight", [5, 8], head).ToBytes());

        using Checkpoint checkpoint = CheckpointReader.Open(folder.Path);

        Assert.AreEqual(copy, (bool?)checkpoint.Config["tie_word_embeddings"]);
    }

    [TestMethod]
    public void SameValues_OtherEncoding_ComparesNumbers()
    {
        using TemporaryFolder folder = new();
        byte[] halves = [.. new[] { 1f, 2f, -3f }.SelectMany(value => BitConverter.GetBytes((Half)value))];
        byte[] file = new GgufBuilder()
            .WithTensor("a", [3], [1, 2, -3])
            .WithTensor("b", TensorEncoding.F16, [3], halves)
            .WithTensor("c", [3], [1, 2, -3.001f])
            .ToBytes();
        File.WriteAllBytes(folder["a.gguf"], file);
        using GgufFile opened = GgufFile.Open(folder["a.gguf"]);

        Assert.IsTrue(TensorComparison.SameValues(opened.Tensors["a"], opened.Tensors["b"]));
        Assert.IsFalse(TensorComparison.SameValues(opened.Tensors["c"], opened.Tensors["b"]));
    }

    private static JsonObject Config(string modelType, string settings)
    {
        JsonObject config = new()
        {
            ["model_type"] = modelType,
            ["vocab_size"] = SyntheticCheckpoint.Vocabulary,
            ["hidden_size"] = 64,
            ["intermediate_size"] = 96,
            ["num_hidden_layers"] = 1,
            ["num_attention_heads"] = 4,
            ["num_key_value_heads"] = 2,
            ["head_dim"] = 16,
            ["max_position_embeddings"] = 64,
            ["tie_word_embeddings"] = false,
        };
        foreach ((string key, JsonNode? value) in JsonNode.Parse(settings)!.AsObject())
        {
            config[key] = value?.DeepClone();
        }

        if (modelType is "stablelm" or "starcoder2" or "phi3" or "qwen2" or "olmo2" or "smollm3")
        {
            config.Remove("head_dim");
        }

        return config;
    }

    private static async Task<(byte[] Weights, IReadOnlyList<string> Warnings)> ExportAsync(SyntheticCheckpoint checkpoint)
    {
        using TemporaryFolder temporary = new();
        ExportReport report = await Exporter.ExportAsync(
            checkpoint.Write(temporary["checkpoint"]), temporary["model"], new ExportOptions { Fanout = false });
        return (await File.ReadAllBytesAsync(temporary["model", "model.onnx.data"]), report.Warnings);
    }
}
