namespace ALoRA.Onnx.Serving.Tests.Running;

/// <summary>
/// A step of rows that decode allocates nothing on the engine's thread, ONNX Runtime's binding included, whose run passes handles only.
/// Not in parallel: what a collection allocates may count.
/// </summary>
/// <remarks>
/// The least of several windows counts. An answer's channel gets a larger segment when its reader falls behind, which happens in one
/// window or the other; what a step allocates is in each of them. Threads of the pool that help to choose tokens are not measured.
/// </remarks>
[TestClass]
[DoNotParallelize]
public sealed class StepAllocationTests
{
    private const int Rows = 8;
    private const int Warm = 40;
    private const int Windows = 4;
    private const int Measured = 25;

    // The smallest object of .NET: less than one a step is none a step, and what asking for the figures allocates.
    private const double Limit = 24;

    [TestMethod]
    public async Task Step_RowsThatDecode_AllocateNothing()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model, new EngineOptions { MaxRows = Rows });
        string?[] adapters = [null, "certainty", null, "jailbreak"];
        EngineAnswer[] answers =
            [.. Enumerable.Range(0, Rows).Select(i => engine.Submit(Ask(model, adapters[i % adapters.Length], 40 + i)))];
        Task<GenerationResult>[] reading = [.. answers.Select(answer => answer.ToEndAsync())];
        await ReachAsync(engine, Warm, reading);

        double least = double.PositiveInfinity;
        (long steps, long bytes) = await engine.ReadAllocationsAsync();
        for (int i = 0; i < Windows; i++)
        {
            await ReachAsync(engine, steps + Measured, reading);
            (long stepsAfter, long bytesAfter) = await engine.ReadAllocationsAsync();
            least = Math.Min(least, (bytesAfter - bytes) / (double)(stepsAfter - steps));
            (steps, bytes) = (stepsAfter, bytesAfter);
        }

        Assert.IsLessThan(Limit, least, $"{least:F1} bytes a step.");
        foreach (EngineAnswer answer in answers)
        {
            await answer.DisposeAsync();
        }
    }

    private static async Task ReachAsync(AloraEngine engine, long step, Task<GenerationResult>[] reading)
    {
        while (engine.Statistics.Steps < step)
        {
            Assert.IsFalse(Array.Exists(reading, task => task.IsCompleted), "A request has ended already.");
            await Task.Yield();
        }
    }

    private static EngineRequest Ask(AloraModel model, string? adapter, int tokens)
    {
        int[] prompt = [.. Enumerable.Range(0, tokens).Select(i => 20 + (i * 31 % 700))];
        return new EngineRequest
        {
            Prompt = EncodedPrompt.FromTrusted(adapter is null ? prompt : [.. prompt, .. model.Adapters.Get(adapter).InvocationTokens]),
            Adapter = adapter,
            ActivationPosition = adapter is null ? null : prompt.Length,
            Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = 400, IgnoreEndOfText = true },
        };
    }
}
