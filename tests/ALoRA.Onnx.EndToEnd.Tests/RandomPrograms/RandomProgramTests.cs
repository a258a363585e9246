using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ALoRA.Onnx.EndToEnd.Tests.Runtime;

namespace ALoRA.Onnx.EndToEnd.Tests.RandomPrograms;

/// <summary>Random programs against a twin without any cache. <c>ALORA_SOAK_SECONDS</c> lets many run at once for so long.</summary>
[TestClass]
public sealed class RandomProgramTests
{
    private const int Programs = 40;
    private const int Operations = 14;
    private const int SoakTasks = 64;
    private const int Shown = 5;
    private static readonly AloraModelOptions Cached = new() { PrefixCacheBytes = 4 << 20 };

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public async Task Run_FortyPrograms_EqualTheTwin()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync(Cached);
        using TemporaryFolder folder = new();
        NaiveTwin twin = new(await DemoModel.OpenAsync());
        int checks = 0;
        for (int seed = 0; seed < Programs; seed++)
        {
            using RandomProgram program = new(model, twin, folder["saved"], seed);
            await program.RunAsync(Operations);
            checks += program.Checks;
        }

        Assert.AreEqual(Programs * Operations, checks);
    }

    /// <summary>What was wrong is counted and shown at the end; memory, handles and threads are shown, not judged.</summary>
    [TestMethod]
    [DoNotParallelize]
    public async Task Soak_ManyProgramsAtOnce_EqualTheTwin()
    {
        if (!int.TryParse(
            Environment.GetEnvironmentVariable("ALORA_SOAK_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds))
        {
            Assert.Inconclusive("Set ALORA_SOAK_SECONDS to the number of seconds it shall run.");
        }

        using AloraModel model = await DemoModel.OpenOwnAsync(Cached);
        using TemporaryFolder folder = new();
        NaiveTwin twin = new(await DemoModel.OpenAsync());
        Stopwatch time = Stopwatch.StartNew();
        ResourceWatch resources = new();
        ConcurrentQueue<AssertFailedException> failures = [];
        int seed = 1_000_000;
        int programs = 0;
        int checks = 0;
        Task running = Task.WhenAll(Enumerable.Range(0, SoakTasks).Select(task => Task.Run(async () =>
        {
            while (time.Elapsed.TotalSeconds < seconds)
            {
                using RandomProgram program = new(model, twin, folder[$"saved-{task}"], Interlocked.Increment(ref seed));
                try
                {
                    await program.RunAsync(Operations);
                }
                catch (AssertFailedException failure)
                {
                    failures.Enqueue(failure);
                }

                Interlocked.Add(ref checks, program.Checks);
                Interlocked.Increment(ref programs);
            }
        })));
        while (!running.IsCompleted)
        {
            await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(Math.Clamp(seconds / 40, 2, 15))));
            Write($"{time.Elapsed.TotalSeconds:F0} s: {programs} programs, {checks} checks, {resources.Note(time.Elapsed.TotalSeconds)}");
        }

        await running;

        // An exception that a program did not expect comes wrapped; what differs from the twin does not.
        int errors = failures.Count(failure => failure.InnerException is not null);
        string found = string.Create(
            CultureInfo.InvariantCulture,
            $"{programs} programs, {checks} checks: {failures.Count - errors} mismatches, {errors} errors; {resources.Slopes()}");
        Write($"{found}");
        Assert.IsEmpty(failures, $"{found}\n{string.Join("\n\n", failures.Take(Shown).Select(failure => failure.Message))}");
    }

    private void Write(FormattableString line) => TestContext.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
