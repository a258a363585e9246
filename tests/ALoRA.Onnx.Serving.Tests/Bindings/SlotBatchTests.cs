using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Export;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Batching;
using ALoRA.Onnx.Serving.Bindings;
using ALoRA.Onnx.Serving.Slots;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Serving.Tests.Bindings;

/// <summary>Runs whose rows are tokens in slots against the graphs of one conversation, for every architecture.</summary>
[TestClass]
public sealed class SlotBatchTests
{
    private const float Tolerance = 1e-4f;
    private const string Adapter = "alora_all";

    [TestMethod]
    [DynamicData(nameof(GoldenData.Models), typeof(GoldenData))]
    public async Task Run_RowsOfManySlots_AreThoseOfEachConversation(string checkpoint)
    {
        string source = Path.GetDirectoryName(GoldenData.Path("models", checkpoint, "config.json"))!;
        string adapter = Path.Combine(source, "adapters", Adapter);
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(source, temporary["model"], new ExportOptions
        {
            Adapters = Directory.Exists(adapter) ? [new ExportAdapter(adapter)] : [],
        });
        using AloraModel model = AloraModel.Open(temporary["model"]);
        await CompareAsync(model, Directory.Exists(adapter) ? Adapter : null, length: 140, checkpoint);
    }

    /// <summary>Rows of contexts on both sides of the length at which the rotation changes, in one run.</summary>
    [TestMethod]
    public async Task Run_RotationThatSwitches_EachRowHasItsOwn()
    {
        string source = Path.GetDirectoryName(GoldenData.Path("models", "phi3", "config.json"))!;
        using TemporaryFolder temporary = new();
        Directory.CreateDirectory(temporary["checkpoint"]);
        foreach (string file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, temporary["checkpoint", Path.GetFileName(file)]);
        }

        string config = temporary["checkpoint", "config.json"];
        JsonNode json = JsonNode.Parse(await File.ReadAllTextAsync(config))!;
        int half = (int)json["hidden_size"]! / (int)json["num_attention_heads"]! / 2;
        json["original_max_position_embeddings"] = 100;
        json["rope_parameters"] = new JsonObject
        {
            ["rope_type"] = "longrope",
            ["rope_theta"] = 10000.0,
            ["original_max_position_embeddings"] = 100,
            ["short_factor"] = new JsonArray([.. Enumerable.Range(0, half).Select(i => JsonValue.Create(1.0 + (i * 0.1)))]),
            ["long_factor"] = new JsonArray([.. Enumerable.Range(0, half).Select(i => JsonValue.Create(3.0 + i))]),
        };
        await File.WriteAllTextAsync(config, json.ToJsonString());
        await Exporter.ExportAsync(temporary["checkpoint"], temporary["model"]);
        using AloraModel model = AloraModel.Open(temporary["model"]);
        Assert.AreEqual(100, model.Manifest.RotarySwitchLength);
        await CompareAsync(model, adapter: null, length: 140, "longrope");
        await CompareAsync(model, adapter: null, length: 70, "longrope, short contexts");
    }

    /// <summary>A folder of before, and one whose operators are off: everything as it was, said once.</summary>
    [TestMethod]
    [DataRow(true, OperatorUse.Auto, 1)]
    [DataRow(false, OperatorUse.Off, 0)]
    [DataRow(false, OperatorUse.Auto, 0)]
    public async Task Submit_WithAndWithoutTheGraph_AnswersTheSame(bool isOld, OperatorUse operators, int refusals)
    {
        using TemporaryFolder temporary = new();
        foreach (string file in Directory.EnumerateFiles(await DemoModel.FolderAsync()))
        {
            File.Copy(file, temporary[Path.GetFileName(file)]);
        }

        if (isOld)
        {
            JsonNode json = JsonNode.Parse(await File.ReadAllTextAsync(temporary["alora_config.json"]))!;
            Assert.IsTrue(json["graphs"]!.AsObject().Remove("batch") && json["graphs"]!.AsObject().Remove("batch_bfloat16"));
            await File.WriteAllTextAsync(temporary["alora_config.json"], json.ToJsonString());
        }

        EventLog log = new();
        using AloraModel model = AloraModel.Open(
            temporary.Path, new AloraModelOptions { Operators = operators, LoggerFactory = log });
        await using AloraEngine engine = new(model);
        int[] prompt = Ids(50, 7);
        GenerationOptions greedy = new() { Temperature = 0, MaxNewTokens = 12, IgnoreEndOfText = true };
        GenerationResult[] answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => engine.Submit(new EngineRequest
        {
            Prompt = EncodedPrompt.FromTrusted([.. prompt, 60 + i]),
            Generation = greedy,
        }).ToEndAsync()));
        for (int i = 0; i < answers.Length; i++)
        {
            using Conversation alone = model.CreateConversation();
            await alone.AppendAsync((int[])[.. prompt, 60 + i]);
            GenerationResult expected = await alone.GenerateToEndAsync(greedy);
            CollectionAssert.AreEqual(expected.Tokens.ToArray(), answers[i].Tokens.ToArray());
        }

        Assert.AreEqual(refusals, log.Events.Count(id => id == 33));
        Assert.AreEqual(isOld || operators == OperatorUse.Off ? 0 : 1, log.Events.Count(id => id == 32));
    }

    private static async Task CompareAsync(AloraModel model, string? adapter, int length, string what)
    {
        ModelSession session = model.Loaded.Session;
        using SlotArena arena = new(session.CacheLayout, session.Memory, [new SlotSize(4, 200), new SlotSize(3, 400)]);
        using AdapterLease? lease = adapter is null ? null : model.Adapters.Acquire(adapter);
        using TableChoice tables = new(session);
        tables.Choose(lease is null ? [] : [lease.Adapter]);
        Assert.AreEqual(adapter is null, tables.Chosen is null, what);

        // Two with most rows in common, in slots of different classes; one by itself, whose next three tokens are rows.
        int[] prompt = Ids(length, 1), own = Ids(60, 2);
        List<Sequence> sequences =
        [
            Start(session, arena, prompt, 200), Start(session, arena, [.. prompt[..^10], .. Ids(9, 3)], 400),
            Start(session, arena, own, 200), Start(session, arena, prompt[..Math.Min(90, length)], 200),
        ];
        sequences[0].Compute(default);
        sequences[1].Cache.TakeRows(sequences[0].Cache, length - 10);
        if (sequences[3].IsLongContext == sequences[1].IsLongContext)
        {
            sequences[3].Cache.TakeRows(sequences[1].Cache, Math.Min(65, length - 10));
        }

        sequences.ForEach(sequence => sequence.Compute(default));
        (int Sequence, int Token, string? Adapter)[] rows =
        [
            (0, 17, null), (2, 18, null), (2, 19, null), (1, 20, adapter), (2, 21, null), (3, 22, null),
        ];
        using SlotBatch batch = new(session, session.TryBatchGraph(tables.Chosen)!, arena, tables.Chosen);
        batch.Begin(rows.Length, rows.Length);
        CommonRows common = new(arena);
        common.Clear();
        int[] lengths = [.. sequences.Select(sequence => sequence.Length)];
        int most = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            Sequence sequence = sequences[rows[row].Sequence];
            int ends = sequence.Length + rows.Count(other => other.Sequence == rows[row].Sequence);
            SlotPlace place = arena.PlaceOf(sequence.Cache)!.Value;
            (SlotPlace other, int shared) = common.Find(sequence.Cache, place);
            most = Math.Max(most, shared);
            batch.SetRow(
                row, rows[row].Token, lengths[rows[row].Sequence]++, ends,
                rows[row].Adapter is null ? AdapterTable.NoSlot : tables.IndexOf(lease!.Adapter));
            batch.SetSlot(row, place, other, shared);
            batch.Want(rows.Length - 1 - row, row);
        }

        Assert.AreEqual(length - 10, most, what);
        batch.Run();
        for (int row = 0; row < rows.Length; row++)
        {
            Sequence sequence = sequences[rows[row].Sequence];
            int[] before = [.. rows[..row].Where(other => other.Sequence == rows[row].Sequence).Select(other => other.Token)];
            using Conversation alone = model.CreateConversation();
            await alone.AppendAsync((int[])[.. sequence.TokenSpan, .. before]);
            Logits expected = await alone.ForwardAsync(
                (int[])[rows[row].Token], new ForwardOptions { Adapter = rows[row].Adapter, ActivationStart = 0 });
            Prompts.AssertClose(expected[0], batch.LogitsOf(rows.Length - 1 - row), Tolerance, $"{what}: row {row}");
        }

        sequences.ForEach(sequence => sequence.Dispose());
    }

    private static Sequence Start(ModelSession session, SlotArena arena, int[] ids, int capacity)
    {
        Sequence sequence = new(session, arena, null);
        sequence.Append(ids);
        sequence.Cache.Reserve(capacity);
        return sequence;
    }

    private static int[] Ids(int length, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(10, 250))];
    }

    /// <summary>Ids of what was logged.</summary>
    private sealed class EventLog : ILoggerFactory, ILogger
    {
        private readonly ConcurrentQueue<int> _events = new();

        public IEnumerable<int> Events => _events;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _events.Enqueue(eventId.Id);

        public void Dispose()
        {
            // Owns nothing.
        }
    }
}
