using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Bindings;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Tests.Bindings;

/// <summary>A decode run over base rows and rows of adapters of a table against the base's graph, and against each row alone.</summary>
[TestClass]
public sealed class TableBatchTests
{
    private const int Capacity = 64;

    private static readonly string?[] Names = [null, "certainty", null, "jailbreak", "query_rewrite", "certainty", null];

    [TestMethod]
    [DataRow(4)]
    [DataRow(8)]
    [DataRow(30)]
    public async Task Run_BaseAndAdapters_BaseRowsAreTheBasesBitsAndOthersThoseOfEachAlone(int rows)
    {
        AloraModel model = await DemoModel.OpenAsync();
        ModelSession session = model.Loaded.Session;
        using SlotArena arena = new(session.CacheLayout, session.Memory, [new SlotSize(rows, Capacity)]);
        List<Sequence> sequences = [];
        List<AdapterLease> leases = [.. Names.OfType<string>().Distinct().Select(model.Adapters.Acquire)];
        using TableChoice tables = new(session);
        tables.Choose([.. leases.Select(lease => lease.Adapter)]);
        Assert.IsNotNull(tables.Chosen);
        for (int i = 0; i < rows; i++)
        {
            Sequence sequence = new(session, arena, null);
            sequences.Add(sequence);
            sequence.Append(Prompts.Random(10 + i, i));
            sequence.Cache.Reserve(Capacity);
            sequence.Compute(default);
        }

        using BatchBinding mixed = BatchBinding.Create(session, arena.Classes[0], 0, rows, stack: null, tables.Chosen);
        using BatchBinding plain = BatchBinding.Create(session, arena.Classes[0], 0, rows, stack: null, table: null);
        mixed.Clear();
        plain.Clear();
        for (int i = 0; i < rows; i++)
        {
            int slot = arena.PlaceOf(sequences[i].Cache)!.Value.Slot;
            mixed.SetLength(slot, sequences[i].ComputedLength);
            plain.SetLength(slot, sequences[i].ComputedLength);
            mixed.SetToken(slot, 100 + i, Names[i % Names.Length] is string name ? tables.IndexOf(model.Adapters.Get(name)) : -1);
            plain.SetToken(slot, 100 + i, adapter: null);
        }

        mixed.Run(rows, Capacity);
        float[][] got = [.. sequences.Select(one => mixed.LogitsOf(arena.PlaceOf(one.Cache)!.Value.Slot).ToArray())];
        plain.Run(rows, Capacity);
        for (int i = 0; i < rows; i++)
        {
            string? name = Names[i % Names.Length];
            if (name is null)
            {
                Prompts.AssertSame(plain.LogitsOf(arena.PlaceOf(sequences[i].Cache)!.Value.Slot), got[i], $"base, row {i}");
                continue;
            }

            using Conversation alone = model.CreateConversation();
            await alone.AppendAsync(Prompts.Random(10 + i, i));
            Logits expected = await alone.ForwardAsync((int[])[100 + i], new ForwardOptions { Adapter = name, ActivationStart = 0 });
            Prompts.AssertClose(expected[0], got[i], 1e-4f, $"{name}, row {i}");
        }

        sequences.ForEach(sequence => sequence.Dispose());
        tables.Dispose();
        leases.ForEach(lease => lease.Dispose());
    }

    /// <summary>A row of the base beside an adapter's is the base's own, so that other scopes may have it.</summary>
    [TestMethod]
    [DataRow(OperatorUse.Auto)]
    [DataRow(OperatorUse.Off)]
    public async Task Submit_BaseBesideAnAdapter_OthersFindItsRowsWhereTheyAreTheBasesBits(OperatorUse operators)
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(
            new AloraModelOptions { Operators = operators, ShareAcrossCacheScopes = true, PrefixCacheBytes = 2 << 20 });
        await using AloraEngine engine = new(model);
        int[] prompt = Prompts.Random(40);
        IReadOnlyList<int> invocation = model.Adapters.Get("certainty").InvocationTokens;
        EngineRequest adapted = Request([.. Prompts.Random(20, 2), .. invocation], 400, "x") with
        {
            Adapter = "certainty",
            ActivationPosition = 20,
        };
        await using EngineAnswer beside = engine.Submit(adapted);
        await foreach (GeneratedToken _ in beside)
        {
            break;
        }

        GenerationResult answer = await engine.Submit(Request(prompt, 64, "a")).ToEndAsync();
        await using EngineAnswer stranger = engine.Submit(Request([.. prompt, .. answer.Tokens], 1, "b"));
        int reused = (await stranger.PromptUsage).ReusedTokens;
        Assert.AreEqual(operators == OperatorUse.Auto ? 96 : 32, reused);
    }

    private static EngineRequest Request(int[] prompt, int tokens, string scope) => new()
    {
        Prompt = EncodedPrompt.FromTrusted(prompt),
        CacheScope = scope,
        Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = tokens, IgnoreEndOfText = true },
    };
}
