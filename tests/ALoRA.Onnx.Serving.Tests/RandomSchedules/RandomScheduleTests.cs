using System.Globalization;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Serving.Tests.RandomSchedules;

/// <summary>
/// Random schedules against each request alone. <c>ALORA_SCHEDULES</c> sets how many, such as 500, or which, such as 250-500.
/// </summary>
[TestClass]
public sealed class RandomScheduleTests
{
    private const int Requests = 12;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public async Task Run_RandomSchedules_AnswersAreThoseOfEachAlone()
    {
        using ErrorLog log = new();
        using AloraModel model =
            await DemoModel.OpenOwnAsync(new AloraModelOptions { PrefixCacheBytes = 2 << 20, LoggerFactory = log });
        using AloraModel twin = await DemoModel.OpenOwnAsync();
        await RunAsync(model, twin, log, SchedulesOr(40), tolerance: 1e-4);
    }

    /// <summary>
    /// Weights of 4 bits make larger differences of small ones, so tokens are counted:
    /// those behind the first other one of an answer have another past.
    /// </summary>
    [TestMethod]
    public async Task Run_RandomSchedulesInt4_NearlyAllTokensAreThoseOfEachAlone()
    {
        using TemporaryFolder folder = new();
        string[] adapters = [.. DemoModel.AdapterNames];
        await Exporter.ExportAsync(DemoModel.Checkpoint, folder["int4"], new ExportOptions
        {
            Precision = ExportPrecision.Int4,
            Adapters = [.. adapters.Select(name => new ExportAdapter(Path.Combine(DemoModel.Checkpoint, "adapters", name)))],
        });
        using ErrorLog log = new();
        using AloraModel model = AloraModel.Open(
            folder["int4"], new AloraModelOptions { PrefixCacheBytes = 2 << 20, LoggerFactory = log });
        using AloraModel twin = AloraModel.Open(folder["int4"]);
        (int equal, int different) = await RunAsync(model, twin, log, SchedulesOr(10), tolerance: null);
        Assert.IsGreaterThanOrEqualTo(0.995, equal / (double)(equal + different));
    }

    private static Range SchedulesOr(int usual)
    {
        int[] given = [.. (Environment.GetEnvironmentVariable("ALORA_SCHEDULES") ?? usual.ToString(CultureInfo.InvariantCulture))
            .Split('-').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        return given is [int first, int end] ? first..end : ..given[0];
    }

    private async Task<(int Equal, int Different)> RunAsync(
        AloraModel model, AloraModel twin, ErrorLog log, Range seeds, double? tolerance)
    {
        List<string> errors = [];
        List<(double Together, double Alone)> fromFloat64 = [];
        Float64Demo truth = new(DemoModel.Checkpoint);
        int equal = 0;
        int different = 0;
        int sensitive = 0;
        long preemptions = 0;
        long cached = 0;
        double largest = 0;
        int schedules = seeds.End.Value - seeds.Start.Value;
        for (int seed = seeds.Start.Value; seed < seeds.End.Value; seed++)
        {
            RandomSchedule schedule = new(model, twin, seed, tolerance, truth);
            await schedule.RunAsync(Requests);
            schedule.Notes.ForEach(TestContext.WriteLine);
            fromFloat64.AddRange(schedule.FromFloat64);
            errors.AddRange(log.Take().Select(error => $"seed {seed}, {error}"));
            equal += schedule.Equal;
            different += schedule.Different;
            sensitive += schedule.Sensitive;
            preemptions += schedule.Statistics.Preemptions;
            cached += schedule.Statistics.CachedTokens;
            largest = Math.Max(largest, schedule.Largest);
        }

        TestContext.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{schedules} schedules, {equal} tokens equal, {different} answers that went another way, largest difference of logits "
            + $"{largest:e2}, {sensitive} answers beyond the tolerance, within the limit from float64, {preemptions} preemptions, "
            + $"{cached} tokens found"));
        if (fromFloat64.Count > 0)
        {
            // Else a limit that is made of the error of a request alone would pass rows that are coarser than it.
            double ratio = Math.Exp(fromFloat64.Average(one => Math.Log(one.Together / one.Alone)));
            TestContext.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{fromFloat64.Count} answers beside float64: {ratio:f3} of the error of the requests alone"));
            Assert.IsLessThan(1.25, ratio);
        }

        Assert.IsEmpty(errors, string.Join(Environment.NewLine, errors));
        Assert.IsGreaterThan(schedules * Requests, equal);
        Assert.IsGreaterThan(0, preemptions);
        Assert.IsGreaterThan(0, cached);
        return (equal, different);
    }
}
