using ALoRA.Onnx.Serving.Slots;
using ALoRA.Onnx.Serving.Tests.RandomSchedules;

namespace ALoRA.Onnx.Serving.Tests.Running;

/// <summary>States in which an engine stood still until its guard took all slots, which it logs.</summary>
[TestClass]
public sealed class StallTests
{
    /// <summary>
    /// The request that comes back from its rest is the oldest and the shortest of its tenant, and wants the only large slot, whose holder
    /// has a prompt to compute: the holder's chunks must not be planned for the one that has no slot.
    /// </summary>
    [TestMethod]
    public async Task Submit_OldestComesBackWhileAnotherHasTheOnlyLargeSlot_HolderGetsOn()
    {
        using ErrorLog log = new();
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { LoggerFactory = log });
        EngineOptions options = new() { MaxRows = 4, MaxUnreadTokens = 24, StepTime = TimeSpan.FromTicks(1), ReservedTokens = 8 };
        await using AloraEngine engine = new(model, options, [new SlotSize(4, 96), new SlotSize(1, 384)]);
        await using EngineAnswer slow = engine.Submit(Ask(0, 150, 40));
        while (engine.Statistics is not { GeneratedTokens: >= 24, Running: 0 })
        {
            await Task.Yield();
        }

        await using EngineAnswer beside = engine.Submit(Ask(1, 20, 60));
        Task<GenerationResult> decoding = beside.ToEndAsync();
        await beside.PromptUsage;
        await using EngineAnswer holder = engine.Submit(Ask(2, 350, 4));
        Task<GenerationResult> held = holder.ToEndAsync();
        while (engine.Statistics.Running < 2)
        {
            await Task.Yield();
        }

        Assert.HasCount(40, (await slow.ToEndAsync()).Tokens);
        Assert.HasCount(60, (await decoding).Tokens);
        Assert.HasCount(4, (await held).Tokens);
        Assert.IsEmpty(log.Take());
    }

    private static EngineRequest Ask(int number, int tokens, int answer) => new()
    {
        Prompt = EncodedPrompt.FromTrusted([.. Enumerable.Range(0, tokens).Select(i => 10 + number + (i * 31 % 800))]),
        Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = answer, IgnoreEndOfText = true },
    };
}
