using System.Text.Json.Nodes;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>
/// A model with other rotary frequencies for long contexts: whatever its history,
/// a conversation has the numbers of one that began with all its ids.
/// </summary>
[TestClass]
public sealed class RotarySwitchTests
{
    private const int Switch = 40;
    private const float Tolerance = 1e-4f;

    [TestMethod]
    public async Task Generate_AcrossTheSwitch_ContinuesLikeAFreshConversation()
    {
        using TemporaryFolder temporary = new();
        using AloraModel model = await OpenAsync(temporary);
        Assert.AreEqual(Switch, model.Manifest.RotarySwitchLength);
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Ids(Switch - 5));
        GenerationResult result = await conversation.GenerateToEndAsync(
            new GenerationOptions { MaxNewTokens = 12, IgnoreEndOfText = true });
        Assert.HasCount(12, result.Tokens);
        int[] all = [.. conversation.Tokens];
        for (int length = Switch - 5; length < all.Length; length++)
        {
            float[] logits = await FreshAsync(model, all[..length]);
            Assert.AreEqual(all[length], Array.IndexOf(logits, logits.Max()), $"id {length}");
        }
    }

    [TestMethod]
    public async Task Append_AcrossTheSwitchAndBack_GivesTheLogitsOfAFreshConversation()
    {
        using TemporaryFolder temporary = new();
        using AloraModel model = await OpenAsync(temporary);
        using Conversation conversation = model.CreateConversation();
        int[] ids = Ids(90);
        await conversation.AppendAsync(ids.AsMemory(0, 30));
        TokenUsage crossing = await conversation.AppendAsync(ids.AsMemory(30, 30));
        Assert.AreEqual((0, 60), (crossing.ReusedTokens, crossing.ComputedTokens));
        Prompts.AssertClose(await FreshAsync(model, ids[..70]), await conversation.NextLogitsAsync(ids[60..70]), Tolerance, "beyond");
        using Conversation fork = conversation.Fork();
        conversation.Rewind(25);
        Prompts.AssertClose(await FreshAsync(model, ids[..30]), await conversation.NextLogitsAsync(ids[25..30]), Tolerance, "back");
        Prompts.AssertClose(await FreshAsync(model, ids), await fork.NextLogitsAsync(ids[70..]), Tolerance, "fork");
        TokenUsage prompt = await fork.PromptAsync((int[])[.. ids[..50], .. Ids(20, 2)]);
        Assert.AreEqual((50, 20), (prompt.ReusedTokens, prompt.ComputedTokens));
    }

    [TestMethod]
    [DataRow(3)]
    [DataRow(40)]
    public async Task Append_InChunks_GivesTheLogitsOfOneRun(int chunk)
    {
        using TemporaryFolder temporary = new();
        using AloraModel model = await OpenAsync(temporary);
        using AloraModel chunked = await AloraModel.OpenAsync(temporary["model"], new AloraModelOptions { PrefillChunkSize = chunk });
        int[] ids = Ids(Switch + 37);
        Prompts.AssertClose(await FreshAsync(model, ids), await FreshAsync(chunked, ids), Tolerance, "last row");
    }

    [TestMethod]
    [DataRow(30, 12)]
    [DataRow(38, 0)]
    public async Task Invoke_AcrossTheSwitch_AnswersLikeAFreshRunAndLeavesTheBase(int length, int instruction)
    {
        using TemporaryFolder temporary = new();
        using AloraModel model = await OpenAsync(temporary);
        int[] ids = Ids(length);
        int[] appended = Ids(instruction, 3);
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(ids);
        InvocationOptions options = new()
        {
            InstructionTokens = appended,
            Generation = new GenerationOptions { MaxNewTokens = 6, IgnoreEndOfText = true, Temperature = 0 },
        };
        IntrinsicResult result = await conversation.InvokeAsync("alora_all", options);

        int[] all = [.. ids, .. appended, .. model.Adapters.Get("alora_all").InvocationTokens, .. result.Tokens];
        int start = length + instruction;
        int answer = all.Length - result.Tokens.Count;
        for (int position = answer; position < all.Length; position++)
        {
            using Conversation fresh = model.CreateConversation();
            Logits logits = await fresh.ForwardAsync(all.AsMemory(0, position), new ForwardOptions { Adapter = "alora_all" });
            Assert.AreEqual(
                all[position], Array.IndexOf(logits[0].ToArray(), logits[0].ToArray().Max()), $"answer {position - answer}, start {start}");
        }

        int[] next = Ids(8, 4);
        Prompts.AssertClose(
            await FreshAsync(model, [.. ids, .. next]), await conversation.NextLogitsAsync(next), Tolerance, "the base behind it");
    }

    [TestMethod]
    public async Task Invoke_InsideThePromptAcrossTheSwitch_LeavesTheBase()
    {
        using TemporaryFolder temporary = new();
        using AloraModel model = await OpenAsync(temporary);
        int[] ids = [.. Ids(20), .. model.Adapters.Get("alora_all").InvocationTokens, .. Ids(10, 2)];
        ids = [.. ids, .. Ids(Switch - ids.Length, 5)];
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(ids);
        await conversation.InvokeAsync("alora_all", new InvocationOptions
        {
            Placement = InvocationPlacement.InPrompt,
            Generation = new GenerationOptions { MaxNewTokens = 5, IgnoreEndOfText = true },
        });
        foreach (int count in new[] { 1, 8 })
        {
            int[] next = Ids(count, 6);
            using Conversation fork = conversation.Fork();
            Prompts.AssertClose(
                await FreshAsync(model, [.. ids, .. next]), await fork.NextLogitsAsync(next), Tolerance, $"{count} ids behind it");
        }
    }

    private static async Task<AloraModel> OpenAsync(TemporaryFolder temporary)
    {
        string source = GoldenData.Path("models", "phi3");
        JsonObject config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(source, "config.json")))!.AsObject();
        config["original_max_position_embeddings"] = Switch;
        config["rope_parameters"] = new JsonObject
        {
            ["rope_type"] = "longrope",
            ["rope_theta"] = 10000.0,
            ["short_factor"] = new JsonArray([.. Enumerable.Range(0, 8).Select(i => JsonValue.Create(1 + (0.1 * i)))]),
            ["long_factor"] = new JsonArray([.. Enumerable.Range(0, 8).Select(i => JsonValue.Create(2 + (0.5 * i)))]),
        };
        Directory.CreateDirectory(temporary["checkpoint"]);
        await File.WriteAllTextAsync(Path.Combine(temporary["checkpoint"], "config.json"), config.ToJsonString());
        File.Copy(Path.Combine(source, "model.safetensors"), Path.Combine(temporary["checkpoint"], "model.safetensors"));
        await Exporter.ExportAsync(temporary["checkpoint"], temporary["model"]);
        await AdapterConverter.ConvertAsync(Path.Combine(source, "adapters", "alora_all"), temporary["model"]);
        return await AloraModel.OpenAsync(temporary["model"]);
    }

    private static async Task<float[]> FreshAsync(AloraModel model, int[] ids)
    {
        using Conversation conversation = model.CreateConversation();
        return await conversation.NextLogitsAsync(ids);
    }

    private static int[] Ids(int length, int seed = 1)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(100, 150))];
    }
}
