using ALoRA.Onnx.Serving.Scheduling;

namespace ALoRA.Onnx.Serving.Tests.Scheduling;

[TestClass]
public sealed class FairnessTests
{
    private const int Rows = 100_000;

    private static readonly SchedulerSettings Settings = new() { MaxRows = 4, MaxHolders = 4, MaxChunk = 64 };

    [TestMethod]
    public void Run_ManyRequestsOfOneTenant_TheOtherGetsTheNextPlace()
    {
        List<SimulatedRequest> requests = [.. Many(0, 100, prompt: 60, answer: 40)];
        SimulatedRequest other = new() { Tenant = 1, Prompt = 60, Answer = 40, Arrives = 50 };
        requests.Add(other);
        new SimulatedEngine(Settings, Rows, requests).Run(20_000);
        long firstEnd = requests.Where(request => request.Tenant == 0 && request.Ended >= 50).Min(request => request.Ended);
        Assert.IsLessThanOrEqualTo(firstEnd + 1, other.Admitted);
        Assert.IsLessThanOrEqualTo(50 + 100, other.Ended);
    }

    [TestMethod]
    [DataRow(60, 40, 60, 40, DisplayName = "alike")]
    [DataRow(400, 10, 20, 60, DisplayName = "long prompts against long answers")]
    [DataRow(10, 200, 10, 20, DisplayName = "long answers against short ones")]
    public void Run_TwoTenantsWithWork_GetTheSameShare(int prompt, int answer, int otherPrompt, int otherAnswer)
    {
        List<SimulatedRequest> requests = [.. Many(0, 300, prompt, answer), .. Many(1, 300, otherPrompt, otherAnswer)];
        SimulatedEngine engine = new(Settings, Rows, requests);
        for (int step = 0; step < 800; step++)
        {
            engine.RunStep();
        }

        Assert.IsTrue(requests.Any(request => request.Tenant == 0 && request.Admitted < 0), "The first ran out of work.");
        Assert.IsTrue(requests.Any(request => request.Tenant == 1 && request.Admitted < 0), "The second ran out of work.");
        double first = requests.Where(request => request.Tenant == 0).Sum(request => request.RowsServed);
        double second = requests.Where(request => request.Tenant == 1).Sum(request => request.RowsServed);

        // What all places may hold at once is the most by which one can be ahead.
        int bound = Settings.MaxHolders * Math.Max(prompt + answer, otherPrompt + otherAnswer);
        Assert.IsLessThanOrEqualTo(bound, Math.Abs(first - second), $"{first} and {second} rows");
        Assert.IsGreaterThan(2 * bound, first + second);
    }

    [TestMethod]
    public void Run_OneTenant_IsServedInTheOrderOfArrival()
    {
        List<SimulatedRequest> requests =
            [.. Enumerable.Range(0, 40).Select(i => new SimulatedRequest { Prompt = 20 + (i * 7 % 50), Answer = 5, Arrives = 1 + i })];
        new SimulatedEngine(Settings, Rows, requests).Run(5_000);
        CollectionAssert.AreEqual(requests.OrderBy(request => request.Admitted).ThenBy(request => request.Arrives).ToList(), requests);
    }

    // Newcomers begin where the least served stands, so that without ageing they would always go before who has had more.
    [TestMethod]
    [DataRow(8.0, true)]
    [DataRow(0.0, false)]
    public void Run_NewTenantsWithoutEnd_NobodyStarvesWithAgeing(double ageing, bool isServed)
    {
        SimulatedRequest[] first =
            [new() { Tenant = 0, Prompt = 600, Answer = 100, Arrives = 1 }, new() { Tenant = 0, Prompt = 50, Answer = 5, Arrives = 60 }];
        List<SimulatedRequest> requests = [.. first];
        for (int i = 0; i < 400; i++)
        {
            requests.Add(new SimulatedRequest { Tenant = 1 + i, Prompt = 10, Answer = 10, Arrives = 20 + (i * 2) });
        }

        SimulatedEngine engine = new(Settings with { MaxHolders = 2, Ageing = ageing }, Rows, requests);
        for (int step = 0; step < 700; step++)
        {
            engine.RunStep();
        }

        Assert.AreEqual(isServed, first[1].Admitted >= 0);
    }

    private static IEnumerable<SimulatedRequest> Many(int tenant, int count, int prompt, int answer) =>
        Enumerable.Range(0, count).Select(_ => new SimulatedRequest { Tenant = tenant, Prompt = prompt, Answer = answer, Arrives = 1 });
}
