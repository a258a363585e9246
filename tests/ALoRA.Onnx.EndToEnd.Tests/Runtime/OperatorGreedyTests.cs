using System.Text.Json;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>
/// Long greedy answers by operators of our own, for every adapter and the prompts it was made for: the plain graph's tokens.
/// </summary>
[TestClass]
public sealed class OperatorGreedyTests
{
    private static readonly AloraModelOptions Off = new() { Operators = OperatorUse.Off };

    private static readonly GenerationOptions Long = new() { Temperature = 0, MaxNewTokens = 64, IgnoreEndOfText = true };

    [TestMethod]
    public async Task Generate_PromptsOfTheDemo_GivesTheTwinsTokens()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using AloraModel twin = await DemoModel.OpenOwnAsync(Off);
        Assert.AreEqual(7 * 5, await CompareAsync(model, twin, DemoModel.Checkpoint, DemoModel.AdapterNames, most: 5));
    }

    [TestMethod]
    public async Task Generate_PromptsOfSmolLm2_GivesTheTwinsTokens()
    {
        string source = SmolModel.Source;
        AloraModel model = await SmolModel.OpenFloat32Async();
        using AloraModel twin = AloraModel.Open(model.Folder, Off);
        Assert.AreEqual(3, await CompareAsync(model, twin, source, model.Adapters.Names, most: 1));
    }

    [TestMethod]
    public async Task Generate_PromptsOfSmolLm2InFourBits_GivesTheTwinsTokens()
    {
        string source = SmolModel.Source;
        using TemporaryFolder folder = new();
        await Exporter.ExportAsync(source, folder["model"], new ExportOptions
        {
            Precision = ExportPrecision.Int4,
            Quantization = QuantizationMethod.RoundToNearest,

            // Activations that are rounded to 8 bits make large differences of small ones.
            AccuracyLevel = 0,
            Adapters = [.. Directory.EnumerateDirectories(Path.Combine(source, "adapters")).Select(path => new ExportAdapter(path))],
        });
        using AloraModel model = AloraModel.Open(folder["model"]);
        using AloraModel twin = AloraModel.Open(folder["model"], Off);
        Assert.AreEqual(3, await CompareAsync(model, twin, source, model.Adapters.Names, most: 1));
    }

    // Gives the number of answers that were compared.
    private static async Task<int> CompareAsync(
        AloraModel model, AloraModel twin, string source, IReadOnlyList<string> adapters, int most)
    {
        int compared = 0;
        foreach (string adapter in adapters)
        {
            bool isLora = adapter.EndsWith("-lora", StringComparison.Ordinal);
            string file = Path.Combine(source, "examples", $"{(isLora ? adapter[..^"-lora".Length] : adapter)}.json");
            using JsonDocument examples = JsonDocument.Parse(await File.ReadAllBytesAsync(file));
            using Conversation x = model.CreateConversation();
            using Conversation y = twin.CreateConversation();
            foreach (JsonElement example in examples.RootElement.EnumerateArray().Take(most))
            {
                int[] prompt = model.Tokenizer.Encode(example.GetProperty("prompt").GetString()!);
                PromptOptions options = new() { Adapter = adapter };
                await x.PromptAsync(prompt, options);
                await y.PromptAsync(prompt, options);
                int[] expected = [.. (await y.GenerateToEndAsync(Long)).Tokens];
                Assert.HasCount(Long.MaxNewTokens!.Value, expected);
                CollectionAssert.AreEqual(
                    expected, (await x.GenerateToEndAsync(Long)).Tokens.ToArray(), $"{adapter}, example {compared}");
                compared++;
            }
        }

        Assert.IsGreaterThan(0, model.Loaded.Session.Tables.Bytes);
        Assert.AreEqual(0, twin.Loaded.Session.Tables.Bytes);
        return compared;
    }
}
