using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Tests.ModelFolders;

[TestClass]
public sealed class GenAIConfigTests
{
    [TestMethod]
    public async Task Export_GenAI_WritesSizesNamesAndTokenIds()
    {
        using TemporaryFolder temporary = new();
        JsonElement model = (await ConfigAsync(temporary, new SyntheticCheckpoint(layers: 3))).GetProperty("model");

        Assert.AreEqual("llama", model.GetProperty("type").GetString());
        Assert.AreEqual(SyntheticCheckpoint.Vocabulary, model.GetProperty("vocab_size").GetInt32());
        Assert.AreEqual(64, model.GetProperty("context_length").GetInt32());
        Assert.AreEqual(1, model.GetProperty("bos_token_id").GetInt32());
        Assert.AreEqual("[2,3]", Compact(model.GetProperty("eos_token_id")));
        Assert.IsFalse(model.TryGetProperty("pad_token_id", out _));
        JsonElement decoder = model.GetProperty("decoder");
        Assert.AreEqual("genai.onnx", decoder.GetProperty("filename").GetString());
        Assert.AreEqual(
            (64, 3, 4, 2, 16),
            (Int(decoder, "hidden_size"), Int(decoder, "num_hidden_layers"), Int(decoder, "num_attention_heads"),
                Int(decoder, "num_key_value_heads"), Int(decoder, "head_size")));
        Assert.AreEqual("[]", Compact(decoder.GetProperty("session_options").GetProperty("provider_options")));
        Assert.AreEqual(
            Compact(JsonElement.Parse("""
                {
                  "input_ids": "input_ids",
                  "attention_mask": "attention_mask",
                  "past_key_names": "past_key_values.%d.key",
                  "past_value_names": "past_key_values.%d.value"
                }
                """)),
            Compact(decoder.GetProperty("inputs")));
        Assert.AreEqual(
            """{"logits":"logits","present_key_names":"present.%d.key","present_value_names":"present.%d.value"}""",
            Compact(decoder.GetProperty("outputs")));
    }

    [TestMethod]
    public async Task Export_NoGenerationConfig_SearchesGreedily()
    {
        using TemporaryFolder temporary = new();
        JsonElement search = (await ConfigAsync(temporary, new SyntheticCheckpoint())).GetProperty("search");

        Assert.AreEqual(
            """{"max_length":64,"do_sample":false,"temperature":1,"top_k":50,"top_p":1,"repetition_penalty":1"""
            + ""","num_beams":1,"past_present_share_buffer":true}""",
            Compact(search));
    }

    [TestMethod]
    public async Task Export_GenerationConfig_GivesSearchDefaultsAndMoreEndIds()
    {
        using TemporaryFolder temporary = new();
        JsonElement config = await ConfigAsync(
            temporary, new SyntheticCheckpoint(),
            """
            {"do_sample":true,"temperature":0.6,"top_k":20,"top_p":0.95,
              "repetition_penalty":1.1,"eos_token_id":[3,7],"pad_token_id":9}
            """);

        Assert.AreEqual("[2,3,7]", Compact(config.GetProperty("model").GetProperty("eos_token_id")));
        Assert.AreEqual(9, Int(config.GetProperty("model"), "pad_token_id"));
        JsonElement search = config.GetProperty("search");
        Assert.IsTrue(search.GetProperty("do_sample").GetBoolean());
        Assert.AreEqual(20, Int(search, "top_k"));
        Assert.AreEqual(
            (0.6, 0.95, 1.1),
            (search.GetProperty("temperature").GetDouble(), search.GetProperty("top_p").GetDouble(),
                search.GetProperty("repetition_penalty").GetDouble()));
    }

    [TestMethod]
    public async Task Export_MalformedGenerationConfig_IsRefusedBeforeAnythingIsWritten()
    {
        using TemporaryFolder temporary = new();

        CheckpointFormatException error = await Assert.ThrowsExactlyAsync<CheckpointFormatException>(
            () => ConfigAsync(temporary, new SyntheticCheckpoint(), """{"temperature":"warm"}"""));

        Assert.Contains("'temperature'", error.Message);
        Assert.Contains("generation_config.json", error.Message);
        Assert.IsFalse(Directory.Exists(temporary["model"]));
    }

    [TestMethod]
    public async Task Export_Float16_AsksForCuda()
    {
        using TemporaryFolder temporary = new();
        JsonElement config = await ConfigAsync(temporary, new SyntheticCheckpoint(), precision: ExportPrecision.Float16);

        Assert.AreEqual(
            """[{"cuda":{}}]""",
            Compact(config.GetProperty("model").GetProperty("decoder").GetProperty("session_options").GetProperty("provider_options")));
    }

    [TestMethod]
    [DataRow("gemma2", "gemma2")]
    [DataRow("granite", "granite")]
    [DataRow("olmo2", "decoder")]
    [DataRow("phi3", "phi3")]
    [DataRow("stablelm", "decoder")]
    public async Task Export_Architecture_HasTheTypeThatGenAIKnows(string architecture, string type)
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(GoldenData.Path("models", architecture), temporary["model"], new ExportOptions { GenAI = true });

        Assert.AreEqual(type, (await ReadAsync(temporary["model"])).GetProperty("model").GetProperty("type").GetString());
    }

    [TestMethod]
    public async Task Check_FrequenciesThatSwitch_WarnsWhereGenAIDoesNotComputeAgain()
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        double[] factors = [.. Enumerable.Repeat(2.0, 8)];
        checkpoint.Config["rope_scaling"] = new JsonObject
        {
            ["type"] = "longrope",
            ["short_factor"] = new JsonArray([.. factors.Select(factor => (JsonNode)factor)]),
            ["long_factor"] = new JsonArray([.. factors.Select(factor => (JsonNode)(2 * factor))]),
            ["original_max_position_embeddings"] = 32,
        };
        string source = checkpoint.Write(temporary["checkpoint"]);

        ExportPlan plan = await Exporter.CheckAsync(source, new ExportOptions { GenAI = true });

        Assert.Contains("32 tokens", plan.Warnings.Single(IsAboutGenAI));
        Assert.IsFalse((await Exporter.CheckAsync(source)).Warnings.Any(IsAboutGenAI));

        static bool IsAboutGenAI(string warning) => warning.StartsWith("genai.onnx", StringComparison.Ordinal);
    }

    private static async Task<JsonElement> ConfigAsync(
        TemporaryFolder temporary, SyntheticCheckpoint checkpoint, string? generation = null,
        ExportPrecision precision = ExportPrecision.Float32)
    {
        string source = checkpoint.Write(temporary["checkpoint"]);
        if (generation is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(source, "generation_config.json"), generation);
        }

        await Exporter.ExportAsync(source, temporary["model"], new ExportOptions { GenAI = true, Precision = precision });
        return await ReadAsync(temporary["model"]);
    }

    private static async Task<JsonElement> ReadAsync(string folder)
    {
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "genai_config.json")));
        return document.RootElement.Clone();
    }

    private static int Int(JsonElement parent, string name) => parent.GetProperty(name).GetInt32();

    private static string Compact(JsonElement element) => Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(element));
}
