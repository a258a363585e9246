using ALoRA.Onnx.Serving.Scheduling;
using CsCheck;

namespace ALoRA.Onnx.Serving.Tests.Scheduling;

/// <summary>Random programs of arrivals, cancellations, slow readers and scarce rows.</summary>
[TestClass]
public sealed class SchedulePropertyTests
{
    private const int Programs = 600;

    private static readonly Gen<StepCosts> Costs =
        from one in Gen.Double[1, 60]
        from row in Gen.Double[0.1, 40]
        from adapted in Gen.Double[1, 3]
        from token in Gen.Double[0.05, 4]
        select new StepCosts(
            new CostCurve([new(1, one), new(2, one + (2 * row)), new(16, one + (16 * row))]),
            new CostCurve([new(1, one * adapted), new(16, (one + (16 * row)) * adapted)]),
            new CostCurve([new(1, one), new(256, one + (256 * token))]));

    private static readonly Gen<SchedulerSettings> Settings =
        from rows in Gen.Int[1, 12]
        from adapters in Gen.Int[1, 4]
        from holders in Gen.Int[1, 20]
        from chunk in Gen.Int[1, 64]
        from least in Gen.Int[1, 8]
        from time in Gen.Double[1, 400]
        from grain in Gen.OneOf(Gen.Const(1), Gen.Const(16), Gen.Const(64))
        from answer in Gen.OneOf(Gen.Const(0), Gen.Const(8), Gen.Const(256))
        from costs in Costs
        from isOneRun in Gen.Bool
        from shared in Gen.Int[1, 80]
        select new SchedulerSettings
        {
            MaxRows = rows,
            MaxAdapters = adapters,
            MaxHolders = holders,
            MaxChunk = chunk,
            MinChunk = least,
            StepMilliseconds = time,
            RowGrain = grain,
            AnswerRows = answer,
            Patience = 20,
            Costs = costs,
            IsOneRun = isOneRun,
            MostSharedRows = shared,
        };

    [TestMethod]
    public void Plan_RandomPrograms_KeepTheRulesAndEnd()
    {
        int preemptions = 0;
        Gen.Select(Settings, Gen.Int[64, 1_000], Gen.Int[1, 40], Gen.Int[0, int.MaxValue]).Sample(
            (settings, rows, count, seed) =>
            {
                rows = rows / 64 * 64;
                List<SimulatedRequest> requests = Requests(new Random(seed), count, rows);
                SimulatedEngine engine = new(settings, rows, requests);
                engine.Run(Limit(requests));
                Interlocked.Add(ref preemptions, engine.Preemptions);
            },
            iter: Programs);
        Assert.IsGreaterThan(100, preemptions, "Nothing was scarce.");
    }

    // What all tokens take one by one, several times, for those who gave up compute again.
    private static long Limit(List<SimulatedRequest> requests) =>
        500 + (20L * requests.Sum(request => request.Prompt + request.Answer));

    private static List<SimulatedRequest> Requests(Random random, int count, int rows)
    {
        List<SimulatedRequest> requests = [];
        for (int i = 0; i < count; i++)
        {
            int prompt = random.Next(1, Math.Min(200, rows - 33));
            int answer = random.Next(1, Math.Min(60, rows - prompt));
            int arrives = random.Next(1, 120);
            int rest = random.Next(1, 200);
            requests.Add(new SimulatedRequest
            {
                Tenant = random.Next(4),
                Adapter = Math.Max(0, random.Next(-3, 7)),
                Prompt = prompt,
                Answer = answer,
                Activation = random.Next(0, prompt + 1),
                Arrives = arrives,
                Found = random.Next(3) == 0 ? random.Next(prompt) : 0,
                Rests = random.Next(5) == 0 ? rest..(rest + 50) : 0..0,
                Cancelled = random.Next(6) == 0 ? arrives + random.Next(1, 100) : int.MaxValue,
                SharesWith = i > 0 && random.Next(4) == 0 ? random.Next(i) : -1,
                Forced = random.Next(5) == 0 ? random.Next(12) : 0,
            });
        }

        return requests;
    }
}
