using System.Globalization;

namespace ALoRA.Onnx.Serving.Tests.RandomSchedules;

/// <summary>Random schedules against each request alone. <c>ALORA_SCHEDULES</c> sets how many.</summary>
[TestClass]
public sealed class RandomScheduleTests
{
    private const int Schedules = 40;
    private const int Requests = 12;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public async Task Run_RandomSchedules_AnswersAreThoseOfEachAlone()
    {
        int schedules = Environment.GetEnvironmentVariable("ALORA_SCHEDULES") is { } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : Schedules;
        using AloraModel model = await DemoModel.OpenOwnAsync(new AloraModelOptions { PrefixCacheBytes = 2 << 20 });
        using AloraModel twin = await DemoModel.OpenOwnAsync();
        int equal = 0;
        int nearTies = 0;
        long preemptions = 0;
        long cached = 0;
        double largest = 0;
        for (int seed = 0; seed < schedules; seed++)
        {
            RandomSchedule schedule = new(model, twin, seed);
            await schedule.RunAsync(Requests);
            equal += schedule.Equal;
            nearTies += schedule.NearTies;
            preemptions += schedule.Statistics.Preemptions;
            cached += schedule.Statistics.CachedTokens;
            largest = Math.Max(largest, schedule.Largest);
        }

        TestContext.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{schedules} schedules, {equal} tokens equal, {nearTies} near ties, largest difference {largest:e2}, "
            + $"{preemptions} preemptions, "
            + $"{cached} tokens found"));
        Assert.IsGreaterThan(schedules * Requests, equal);
        Assert.IsGreaterThan(0, preemptions);
        Assert.IsGreaterThan(0, cached);
    }
}
