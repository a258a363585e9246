using System.Text.Json.Nodes;
using System.Xml.Linq;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class BenchCommandTests
{
    private static readonly string[] FiguresOfContext64 =
    [
        "decode 64 tokens/s",
        "decode, adapted 64 tokens/s",
        "memory read 64 GB/s",
        "decode, share of memory read 64 %",
        "intrinsic as aLoRA 64 ms",
        "intrinsic as LoRA 64 ms",
        "first tokens of 2 at once 64 ms",
        "one intrinsic, 8 tokens 64 ms",
        "2 intrinsics at once, 8 tokens 64 ms",
        "weights, cache and adapters 64 MB",
    ];

    [TestMethod]
    public async Task Bench_PlotThatIsNoSvg_IsRefused()
    {
        CommandRun run = await CommandRun.Of("bench", "no-model", "--plot", "plot.png");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("--plot writes .svg, got 'plot.png'. Give a name such as plot.svg.", run.Error);
    }

    [TestMethod]
    public async Task Bench_Model_MeasuresEveryFigureAtEveryLength()
    {
        CommandRun run = await CommandRun.Of(
            "bench", await DemoModel.GetFolderAsync(), "--prefill", "32,96", "--context", "64,128", "--fanout", "0", "--repetitions", "2",
            "--json");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        JsonNode result = JsonNode.Parse(run.Output)!;
        CollectionAssert.AreEqual(
            new[]
            {
                "resident memory of opening 0 MB",
                "open 0 ms",
                "prefill 32 tokens/s",
                "prefill 96 tokens/s",
                "decode 64 tokens/s",
                "decode 128 tokens/s",
                "decode, adapted 64 tokens/s",
                "decode, adapted 128 tokens/s",
                "memory read 64 GB/s",
                "memory read 128 GB/s",
                "decode, share of memory read 64 %",
                "decode, share of memory read 128 %",
                "intrinsic as aLoRA 64 ms",
                "intrinsic as aLoRA 128 ms",
                "intrinsic as LoRA 64 ms",
                "intrinsic as LoRA 128 ms",
                "weights, cache and adapters 128 MB",
            },
            NamesOf(result));
        JsonNode[] measurements = [.. result["measurements"]!.AsArray()!];
        Assert.IsTrue(measurements.Where(item => (string)item["unit"]! != "MB")
            .All(item => (double)item["median"]! > 0 && item["values"]!.AsArray().Count == 2));
        Assert.IsTrue(measurements.Where(item => (string)item["name"]! == "intrinsic as LoRA")
            .All(item => (string)item["baseline"]! == "intrinsic as aLoRA" && (double)item["ratio"]! > 0));
        Assert.IsTrue(measurements.Where(item => (string)item["name"]! == "decode, adapted")
            .All(item => (string)item["baseline"]! == "decode" && (double)item["ratio"]! > 0));
        Assert.IsGreaterThan((long)result["weights_bytes"]! / 1e6, (double)measurements[^1]["median"]!);
        Assert.AreEqual(Environment.ProcessorCount, (int)result["machine"]!["cores"]!);
        Assert.IsGreaterThan(0, (long)result["resident_bytes"]!);
        Assert.IsEmpty(result["left_out"]!.AsArray());
    }

    [TestMethod]
    public async Task Bench_Share_IsBytesTimesRateOverBandwidth()
    {
        string folder = await DemoModel.GetFolderAsync();
        CommandRun run = await CommandRun.Of(
            "bench", folder, "--prefill", "1", "--context", "64", "--fanout", "0", "--repetitions", "1", "--json");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        JsonNode result = JsonNode.Parse(run.Output)!;
        Dictionary<string, double?> medians = result["measurements"]!.AsArray()
            .ToDictionary(item => (string)item!["name"]!, item => (double?)item!["median"]);
        ModelManifest manifest = ModelManifest.Read(folder);
        double bytes = (long)result["weights_bytes_per_token"]!
            + (2L * manifest.LayerCount * manifest.KeyValueHeads * manifest.HeadDim * sizeof(float) * (64 + 32));
        double share = medians["decode, share of memory read"]!.Value;
        Assert.AreEqual(100 * bytes * medians["decode"]!.Value / (medians["memory read"]!.Value * 1e9), share, 1e-6);
    }

    [TestMethod]
    public async Task Bench_Plot_DrawsBothCurvesAndPrintsTheTable()
    {
        using TemporaryFolder folder = new();
        CommandRun run = await CommandRun.Of(
            "bench", await DemoModel.GetFolderAsync(), "--prefill", "1", "--context", "64", "--repetitions", "1", "--fanout", "3",
            "--plot", folder["plot.svg"]);

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("3 intrinsics at once", run.Output);
        Assert.Contains("Ratio:", run.Output);
        Assert.Contains("resident", run.Output);
        Assert.HasCount(
            2, XDocument.Load(folder["plot.svg"]).Descendants().Where(element => element.Name.LocalName == "polyline").ToArray());
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public async Task Bench_TwoModels_ComparesEveryFigure()
    {
        string folder = await DemoModel.GetFolderAsync();
        CommandRun run = await CommandRun.Of(
            "bench", "--compare", folder, folder, "--prefill", "1", "--context", "64", "--repetitions", "1", "--fanout", "2", "--json");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        JsonNode result = JsonNode.Parse(run.Output)!;
        string[] expected = ["resident memory of opening 0 MB", "open 0 ms", "prefill 1 tokens/s", .. FiguresOfContext64];
        CollectionAssert.AreEqual(expected, NamesOf(result["a"]!));
        CollectionAssert.AreEqual(expected, NamesOf(result["b"]!));
        JsonNode[] ratios = [.. result["ratios"]!.AsArray()!];
        CollectionAssert.AreEqual(expected, ratios.Select(NameOf).ToArray());
        double?[] expectedRatios = [.. MediansOf(result["b"]!).Zip(MediansOf(result["a"]!), (b, a) => b / a)];
        foreach ((JsonNode ratio, double? expectedRatio) in ratios.Zip(expectedRatios))
        {
            // Whatever else runs in this process may give back as much memory as opening the model takes, which is then not measured.
            Assert.IsTrue(expectedRatio is not null || (string)ratio["unit"]! == "MB", NameOf(ratio));
            Assert.AreEqual(expectedRatio ?? -1, (double?)ratio["ratio"] ?? -1, 1e-9, NameOf(ratio));
        }
    }

    [TestMethod]
    public async Task Bench_SameModelWithOtherThreads_PrintsBothSides()
    {
        CommandRun run = await CommandRun.Of(
            "bench", await DemoModel.GetFolderAsync(), "--threads", "1", "--compare", "--compare-threads", "2",
            "--prefill", "1", "--context", "64", "--repetitions", "1", "--fanout", "0");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.StartsWith("A: ", run.OutputLines[0]);
        Assert.Contains("1 thread)", run.OutputLines[0]);
        Assert.StartsWith("B: ", run.OutputLines[1]);
        Assert.Contains("2 threads)", run.OutputLines[1]);
        Assert.Contains("B ÷ A", run.Output);
    }

    [TestMethod]
    public async Task Bench_Batch_MeasuresRowsAndWritesWhatAnEngineReads()
    {
        using TemporaryFolder folder = new();
        CommandRun run = await CommandRun.Of(
            "bench", await DemoModel.GetFolderAsync(), "--batch", "1,2,4", "--context", "40", "--repetitions", "3", "--costs",
            folder["costs.json"], "--json");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        JsonNode result = JsonNode.Parse(run.Output)!;
        JsonNode[] runs = [.. result["runs"]!.AsArray()!];
        string[] sizes = [.. runs.Select(item => $"{item["run"]} {item["rows"]}")];
        CollectionAssert.AreEqual(
            new[]
            {
                "base 1", "base 2", "base 4", "base and adapters 1", "base and adapters 2", "base and adapters 4", "chunk of a prompt 16",
                "chunk of a prompt 64", "chunk of a prompt 256", "chunk of a prompt 512",
            },
            sizes);
        Assert.AreEqual(40, (int)result["context"]!);
        Assert.HasCount(3, result["adapters"]!.AsArray());
        foreach (JsonNode one in runs)
        {
            double[] values = [.. one["values"]!.AsArray().Select(value => (double)value!)];
            Assert.AreEqual(values.Order().ElementAt(1), (double)one["median"]!, 1e-9);
            Assert.AreEqual(1000 * (int)one["rows"]! / (double)one["median"]!, (double)one["tokens_per_second"]!, 1e-6);
        }

        Assert.AreEqual((double)runs[2]["tokens_per_second"]! / (double)runs[0]["tokens_per_second"]!, (double)runs[2]["ratio"]!, 1e-9);
        Assert.IsNull(runs[^1]["ratio"]);
        StepCosts costs = StepCosts.Load(folder["costs.json"]);
        Assert.AreEqual((double)runs[2]["median"]!, costs.BaseRows.At(4), 1e-9);
        Assert.AreEqual((double)runs[5]["median"]!, costs.AdaptedRows.At(4), 1e-9);
        Assert.AreEqual((double)runs[^1]["median"]!, costs.Chunks.At(512), 1e-9);
    }

    [TestMethod]
    public async Task Bench_BatchOfOneAdapter_PrintsATable()
    {
        CommandRun run = await CommandRun.Of(
            "bench", await DemoModel.GetFolderAsync(), "--batch", "2", "--adapter", "certainty", "--repetitions", "1");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("rows of certainty and of the base", run.Output);
        Assert.Contains("behind 256 tokens", run.Output);
        Assert.Contains("not measured", run.Output, "Without one row there is nothing to compare with.");
    }

    [TestMethod]
    [DataRow("--batch must be", "--batch", "1,x")]
    [DataRow("--batch must be", "--batch", "0")]
    [DataRow("from 1 to 256", "--batch", "257")]
    [DataRow("--prefill", "--batch", "1", "--prefill", "16")]
    [DataRow("--plot", "--batch", "1", "--plot", "plot.svg")]
    [DataRow("--compare", "--batch", "1", "--compare", "--compare-threads", "1")]
    [DataRow("--costs needs --batch", "--costs", "costs.json")]
    [DataRow("no folder", "--batch", "1", "--costs", "no-such-folder/costs.json")]
    [DataRow("one length", "--batch", "1", "--context", "16,32")]
    [DataRow("nobody", "--batch", "1", "--adapter", "nobody")]
    [DataRow("ContextTokens must be from 1", "--batch", "1", "--context", "100000")]
    [DataRow("at least 0", "--fanout", "-1")]
    [DataRow("100000", "--context", "100000")]
    [DataRow("--context must be", "--context", "64,x")]
    [DataRow("--context must be", "--context", "0")]
    [DataRow("8193", "--prefill", "8193")]
    [DataRow("--prefill must be", "--prefill", "-5")]
    [DataRow("at least 1", "--repetitions", "0")]
    [DataRow("plain LoRA", "--adapter", "certainty-lora")]
    [DataRow("nope", "--adapter", "nope")]
    [DataRow("nope", "--lora", "nope")]
    [DataRow("no folder", "--plot", "no-such-folder/plot.svg")]
    [DataRow("--compare needs a second model", "--compare")]
    [DataRow("need --compare", "--compare-threads", "2")]
    [DataRow("need --compare", "--compare-provider-option", "a=b")]
    [DataRow("--compare-provider-option must be KEY=VALUE", "--compare", "--compare-provider-option", "a")]
    [DataRow("with --compare", "a-second-model")]
    public async Task Bench_ImpossibleOption_IsUsageError(string mentioned, params string[] options)
    {
        CommandRun run = await CommandRun.Of(["bench", await DemoModel.GetFolderAsync(), .. options]);

        Assert.AreEqual(2, run.ExitCode, run.Error);
        Assert.Contains(mentioned, run.Error);
        Assert.AreEqual("", run.Output);
    }

    [TestMethod]
    public async Task Bench_SecondModelMissing_IsBadInput()
    {
        CommandRun run = await CommandRun.Of("bench", await DemoModel.GetFolderAsync(), "--compare", "no-such-model");

        Assert.AreEqual(3, run.ExitCode, run.Error);
        Assert.Contains("no-such-model", run.Error);
    }

    [TestMethod]
    public async Task Bench_Help_ShowsExamplesOfBothForms()
    {
        CommandRun run = await CommandRun.Of("bench", "--help");

        Assert.AreEqual(0, run.ExitCode);
        Assert.Contains("alora bench --compare ", run.Output);
        Assert.Contains("--plot first-token.svg", run.Output);
    }

    private static string[] NamesOf(JsonNode model) => [.. model["measurements"]!.AsArray().Select(item => NameOf(item!))];

    private static string NameOf(JsonNode item) => $"{item["name"]} {item["context"]} {item["unit"]}";

    private static IEnumerable<double?> MediansOf(JsonNode model) =>
        model["measurements"]!.AsArray().Select(item => (double?)item!["median"]);
}
