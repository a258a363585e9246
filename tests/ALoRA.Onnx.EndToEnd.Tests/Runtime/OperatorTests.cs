using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>
/// Adapters by operators of our own against their twin, the graph with ONNX Runtime's.
/// </summary>
[TestClass]
public sealed class OperatorTests
{
    private const float Tolerance = 1e-4f;

    private static readonly AloraModelOptions Off = new() { Operators = OperatorUse.Off };
    private static readonly int[] Lengths = [1, 5, 1, 24, 25, 2];

    [TestMethod]
    [DataRow("llama")]
    [DataRow("granite")]
    [DataRow("gemma")]
    [DataRow("olmo2")]
    [DataRow("phi3")]
    [DataRow("qwen2")]
    [DataRow("qwen3")]
    [DataRow("gemma2")]
    [DataRow("gemma3_text")]
    [DataRow("llama3")]
    [DataRow("mistral_sliding")]
    [DataRow("smollm3")]
    [DataRow("stablelm")]
    public async Task Forward_EveryAdapterOfAnArchitecture_GivesTheTwinsLogits(string checkpoint)
    {
        string source = GoldenData.Path("models", checkpoint);
        using TemporaryFolder folder = new();
        await ExportAsync(source, folder["model"], ExportPrecision.Float32);
        await CompareAsync(folder["model"], Tolerance);
    }

    [TestMethod]
    [DataRow(ExportPrecision.Int4, 1e-3f)]
    [DataRow(ExportPrecision.Int8, 1e-3f)]
    public async Task Forward_QuantizedBase_GivesTheTwinsLogits(ExportPrecision precision, float tolerance)
    {
        using TemporaryFolder folder = new();
        await ExportAsync(DemoModel.Checkpoint, folder["model"], precision);
        await CompareAsync(folder["model"], tolerance);
    }

    [TestMethod]
    public async Task Generate_EveryAdapterOfTheDemo_GivesTheTwinsTokens()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using AloraModel twin = await DemoModel.OpenOwnAsync(Off);
        GenerationOptions options = new() { Temperature = 0, MaxNewTokens = 24, IgnoreEndOfText = true };
        foreach (string name in DemoModel.AdapterNames)
        {
            int[] prompt = [.. Prompts.Random(90), .. model.Adapters.Get(name).InvocationTokens];
            using Conversation x = model.CreateConversation();
            using Conversation y = twin.CreateConversation();
            await x.PromptAsync(prompt, new PromptOptions { Adapter = name });
            await y.PromptAsync(prompt, new PromptOptions { Adapter = name });
            CollectionAssert.AreEqual(
                (await y.GenerateToEndAsync(options)).Tokens.ToArray(), (await x.GenerateToEndAsync(options)).Tokens.ToArray(), name);
            x.Rewind(0);
            y.Rewind(0);
            await x.PromptAsync(prompt.AsMemory(0, 60));
            await y.PromptAsync(prompt.AsMemory(0, 60));
            CollectionAssert.AreEqual(
                (await y.InvokeAsync(name)).Tokens.ToArray(), (await x.InvokeAsync(name)).Tokens.ToArray(), $"invoked {name}");
        }

        Assert.IsGreaterThan(0, TablesOf(model).Bytes);
        Assert.AreEqual(0, TablesOf(twin).Bytes);
    }

    [TestMethod]
    public async Task Invoke_MoreAdaptersThanPlaces_TakesNoMoreMemoryAndGivesTheSameAnswers()
    {
        const int Copies = 40;
        using TemporaryFolder folder = new();
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(Prompts.Random(60));
        Dictionary<string, int[]> expected = [];
        using (AloraModel twin = await DemoModel.OpenOwnAsync(Off))
        using (Conversation other = twin.CreateConversation())
        {
            await other.PromptAsync(Prompts.Random(60));
            foreach (string name in DemoModel.AdapterNames.Where(name => twin.Adapters.Get(name).Kind == AdapterKind.Alora))
            {
                expected.Add(name, [.. (await other.InvokeAsync(name)).Tokens]);
            }
        }

        string[] known = [.. expected.Keys];
        Random random = new(1);
        HashSet<string> loaded = [];
        long bytes = 0;
        for (int i = 0; i < 150; i++)
        {
            int copy = random.Next(Copies);
            string kind = known[copy % known.Length];
            string name = $"{kind}-{copy}";
            if (loaded.Add(name))
            {
                model.Adapters.Load(Path.Combine(model.Folder, "adapters", kind), name);
            }

            int[] tokens = [.. (await conversation.InvokeAsync(name)).Tokens];
            CollectionAssert.AreEqual(expected[kind], tokens, name);
            bytes = i == 50 ? TablesOf(model).Bytes : bytes;
            if (random.Next(3) == 0)
            {
                loaded.Remove(name);
                model.Adapters.Unload(name);
            }
        }

        Assert.IsGreaterThan(0, bytes);
        Assert.AreEqual(bytes, TablesOf(model).Bytes);
    }

    [TestMethod]
    public async Task Open_Off_LoadsNoOperatorsAndSaysNothing()
    {
        using MessageLog log = new();
        using AloraModel model = await DemoModel.OpenOwnAsync(Off with { LoggerFactory = log });
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync(Prompts.Random(20));
        await conversation.InvokeAsync("certainty");
        Assert.AreEqual(0, TablesOf(model).Bytes);
        Assert.IsFalse(log.Messages.Any(message => message.Id is 13 or 30 or 31));
    }

    [TestMethod]
    public async Task Open_OperatorsOutOfRange_IsRefused() => await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(
        () => DemoModel.OpenOwnAsync(new AloraModelOptions { Operators = (OperatorUse)7 }));

    private static async Task ExportAsync(string checkpoint, string target, ExportPrecision precision) => await Exporter.ExportAsync(
        checkpoint, target, new ExportOptions
        {
            Precision = precision,

            // Activations that are rounded to 8 bits make large differences of small ones.
            AccuracyLevel = precision == ExportPrecision.Float32 ? null : 0,
            Adapters = [.. Directory.EnumerateDirectories(Path.Combine(checkpoint, "adapters")).Select(path => new ExportAdapter(path))],
        });

    private static async Task CompareAsync(string folder, float tolerance)
    {
        using AloraModel model = AloraModel.Open(folder);
        using AloraModel twin = AloraModel.Open(folder, Off);
        int fused = 0;
        foreach (string name in model.Adapters.Names)
        {
            using Conversation x = model.CreateConversation();
            using Conversation y = twin.CreateConversation();
            foreach (int length in Lengths)
            {
                int[] tokens = Tokens(model, length);
                ForwardOptions options = new() { Adapter = name, ActivationStart = 0, LogitsPositions = [.. Enumerable.Range(0, length)] };
                Logits expected = await y.ForwardAsync(tokens, options);
                Logits got = await x.ForwardAsync(tokens, options);
                for (int row = 0; row < length; row++)
                {
                    Prompts.AssertClose(expected[row], got[row], tolerance, $"{name}, {length} tokens, row {row}");
                }
            }

            fused += model.Adapters.Get(name).Manifest.HasLoraBias ? 0 : 1;
        }

        Assert.IsGreaterThan(0, fused);
        Assert.IsGreaterThan(0, TablesOf(model).Bytes);
        Assert.AreEqual(0, TablesOf(twin).Bytes);
    }

    private static int[] Tokens(AloraModel model, int length)
    {
        Random random = new(length);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(model.Manifest.VocabularySize))];
    }

    private static AdapterTables TablesOf(AloraModel model) => model.Loaded.Session.Tables;
}
