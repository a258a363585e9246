using ALoRA.Onnx.Serving.Requests;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Tests.Running;

/// <summary>States in which an engine stood still once, step by step.</summary>
[TestClass]
public sealed class EngineStepsTests
{
    private const int MostSteps = 500;

    /// <summary>
    /// Who comes back from its rest is the oldest and has the shortest prompt of its tenant, and wants the only large slot. Its holder has
    /// most of its own prompt to compute, piece by piece beside one that decodes. The chunk is the holder's, not the one's without a slot.
    /// </summary>
    [TestMethod]
    public async Task Step_OldestComesBackWhileAnotherHasTheOnlyLargeSlot_HolderGetsOn()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using ModelledEngine engine = Create(model, maxUnread: 24, [new SlotSize(4, 96), new SlotSize(1, 384)]);
        LiveRequest slow = Submit(engine, 0, 150, 40);
        while (slow.RestsSince is null)
        {
            Assert.IsTrue(engine.Step());
        }

        LiveRequest beside = Submit(engine, 1, 20, 60);
        engine.Step();
        LiveRequest holder = Submit(engine, 2, 350, 4);
        engine.Step();
        Assert.AreEqual(384, holder.Tokens.Sequence?.Cache.Capacity);
        RunToEnd(engine, slow, beside, holder);
        Assert.AreEqual((40, 60, 4), (slow.Generated, beside.Generated, holder.Generated));
    }

    /// <summary>
    /// Two are admitted at once for the only large slot, and the one that gets none had the chunk in vain, for which its tenant paid.
    /// </summary>
    [TestMethod]
    public async Task Step_TwoWantTheOnlyLargeSlot_OneComputesAtOnce()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using ModelledEngine engine = Create(model, maxUnread: 1024, [new SlotSize(4, 96), new SlotSize(1, 384)]);
        LiveRequest longer = Submit(engine, 0, 300, 4);
        LiveRequest shorter = Submit(engine, 1, 150, 4);
        Assert.IsTrue(engine.Step());
        Assert.AreEqual(1, engine.Steps);
        Assert.IsGreaterThan(0, longer.Tokens.Computed);
        Assert.AreEqual(0, shorter.Tokens.Computed);
        RunToEnd(engine, longer, shorter);
    }

    /// <summary>Others may pass it while it waits for the only large slot, and take that as well, but not for ever.</summary>
    [TestMethod]
    [DataRow(null)]
    [DataRow("someone")]
    public async Task Step_LargeOneBesideSmallOnesWithoutEnd_HasItsTurn(string? tenant)
    {
        AloraModel model = await DemoModel.OpenAsync();
        using ModelledEngine engine = Create(model, maxUnread: 1024, [new SlotSize(2, 96), new SlotSize(1, 384)]);
        int number = 0;
        LiveRequest? large = null;
        for (int step = 0; large is not { IsOver: true }; step++)
        {
            while (engine.IsQueueEmpty && engine.Requests.Count < 12)
            {
                Submit(engine, ++number, 20 + (number % 7), 30 + (number % 5));
                engine.Step();
            }

            large ??= step < 20 ? null : Submit(engine, 0, 150, 10, tenant);
            Assert.IsTrue(engine.Step());
            Assert.IsLessThan(MostSteps, step, $"{engine}");
        }

        Assert.AreEqual(10, large.Generated);
    }

    private static void RunToEnd(ModelledEngine engine, params LiveRequest[] requests)
    {
        for (int step = 0; engine.Requests.Count > 0; step++)
        {
            foreach (LiveRequest request in requests)
            {
                while (request.TryTake(out GeneratedToken _))
                {
                }
            }

            Assert.IsTrue(engine.Step() || !engine.IsWanted, $"A step does nothing: {engine}");
            Assert.IsLessThan(MostSteps, step, $"{engine}");
        }
    }

    private static ModelledEngine Create(AloraModel model, int maxUnread, IReadOnlyList<SlotSize> sizes)
    {
        EngineOptions options = new()
        {
            MaxRows = 4,
            MaxUnreadTokens = maxUnread,
            StepTime = TimeSpan.FromTicks(1),
            ReservedTokens = 8,
            TimeProvider = new InterruptingTime(static () => { }),
        };
        FakeComputer computer = new(model.Loaded, new Random(1), static () => { });
        return new ModelledEngine(model.Loaded, options, sizes, maxChunk: 512, acrossScopes: false, computer);
    }

    private static LiveRequest Submit(ModelledEngine engine, int number, int tokens, int answer, string? tenant = null)
    {
        LiveRequest request = engine.Prepare(new EngineRequest
        {
            Prompt = EncodedPrompt.FromTrusted([.. Enumerable.Range(0, tokens).Select(i => 10 + number + (i * 31 % 800))]),
            Tenant = tenant,
            Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = answer, IgnoreEndOfText = true },
        });
        engine.Submit(request);
        return request;
    }
}
