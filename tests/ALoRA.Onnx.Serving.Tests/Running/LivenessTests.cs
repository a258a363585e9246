using System.Globalization;

namespace ALoRA.Onnx.Serving.Tests.Running;

/// <summary>
/// The engine never stands still while a request neither rests nor is over, in whatever order threads act. <c>ALORA_MODELLED</c> sets how
/// many schedules, such as 100000, or which, such as 17-18.
/// </summary>
[TestClass]
public sealed class LivenessTests
{
    private const int Usual = 300;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public async Task Step_EventsInAnyOrder_ComputesWhileSomeoneWants()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        int[] seeds = [.. (Environment.GetEnvironmentVariable("ALORA_MODELLED") ?? $"{Usual}")
            .Split('-').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        (int first, int end) = seeds is [int one, int other] ? (one, other) : (0, seeds[0]);
        List<string> failed = [];
        long steps = 0;
        long rests = 0;
        long preemptions = 0;
        for (int seed = first; seed < end; seed++)
        {
            using ModelledSchedule schedule = new(model, seed);
            try
            {
                schedule.Run();
            }
            catch (AssertFailedException exception)
            {
                failed.Add($"seed {seed}: {exception.Message}");
            }

            steps += schedule.Steps;
            rests += schedule.Rests;
            preemptions += schedule.Statistics.Preemptions;
        }

        TestContext.WriteLine($"{end - first} schedules, {steps} steps, {rests} rests, {preemptions} preemptions");
        Assert.IsEmpty(failed, $"{failed.Count} schedules: " + string.Join(Environment.NewLine, failed.Take(10)));
        Assert.IsGreaterThan(0, preemptions);
        Assert.IsGreaterThan(0, rests);
    }
}
