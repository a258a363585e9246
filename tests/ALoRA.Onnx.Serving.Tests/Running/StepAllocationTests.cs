namespace ALoRA.Onnx.Serving.Tests.Running;

/// <summary>
/// A step of rows that decode allocates nothing of its own. Not in parallel: other engines' threads count nothing here, but their
/// collections and the pool's threads would make the steps differ.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class StepAllocationTests
{
    private const int Rows = 8;
    private const int Warm = 40;
    private const int Measured = 40;

    [TestMethod]
    public async Task Step_RowsThatDecode_AllocateWhatTheBindingOfOnnxRuntimeDoes()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await using AloraEngine engine = new(model, new EngineOptions { MaxRows = Rows });
        string?[] adapters = [null, "certainty", null, "jailbreak"];
        EngineAnswer[] answers =
            [.. Enumerable.Range(0, Rows).Select(i => engine.Submit(Ask(model, adapters[i % adapters.Length], 40 + i)))];
        Task<GenerationResult>[] reading = [.. answers.Select(answer => answer.ToEndAsync())];
        await ReachAsync(engine, Warm, reading);

        (long steps, long bytes) = await engine.ReadAllocationsAsync();
        await ReachAsync(engine, steps + Measured, reading);

        (long stepsAfter, long bytesAfter) = await engine.ReadAllocationsAsync();
        Console.WriteLine($"{(bytesAfter - bytes) / (double)(stepsAfter - steps):F1} bytes a step over {stepsAfter - steps} steps");
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
            Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = 150, IgnoreEndOfText = true },
        };
    }
}
