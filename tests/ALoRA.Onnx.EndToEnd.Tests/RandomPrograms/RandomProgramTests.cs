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
        int seed = 1_000_000;
        int programs = 0;
        int checks = 0;
        using CancellationTokenSource ended = new();
        Task watch = WatchAsync(time, () => (Volatile.Read(ref programs), Volatile.Read(ref checks)), ended.Token);
        await Task.WhenAll(Enumerable.Range(0, SoakTasks).Select(task => Task.Run(async () =>
        {
            while (time.Elapsed.TotalSeconds < seconds)
            {
                using RandomProgram program = new(model, twin, folder[$"saved-{task}"], Interlocked.Increment(ref seed));
                await program.RunAsync(Operations);
                Interlocked.Add(ref checks, program.Checks);
                Interlocked.Increment(ref programs);
            }
        })));
        await ended.CancelAsync();
        await watch;
    }

    /// <summary>Writes ten lines a run; their slope is looked at, not asserted.</summary>
    private async Task WatchAsync(Stopwatch time, Func<(int Programs, int Checks)> counts, CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(15));
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                using Process process = Process.GetCurrentProcess();
                (int programs, int checks) = counts();
                TestContext.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{time.Elapsed.TotalSeconds:F0} s: {programs} programs, {checks} checks, resident {process.WorkingSet64 >> 20} MiB, "
                    + $"managed {GC.GetTotalMemory(false) >> 20} MiB, handles {process.HandleCount}, threads {process.Threads.Count}"));
            }
        }
        catch (OperationCanceledException)
        {
            // The programs have ended.
        }
    }
}
