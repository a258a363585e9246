using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.Bench;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;

namespace ALoRA.Onnx.Cli.Tests.Bench;

/// <summary>What a clock that stood still, or memory that did not grow, leaves in the output of a benchmark.</summary>
[TestClass]
public sealed class NotMeasuredTests
{
    private static readonly Measurement[] NothingMeasured =
    [
        new(Figures.Decode, 256, Units.TokensPerSecond, [double.PositiveInfinity, double.PositiveInfinity]),
        new(Figures.DecodeShare, 256, Units.Percent, [double.NaN, double.PositiveInfinity]),
        new(Figures.Alone, 256, Units.Milliseconds, [0, 0]),
        new(Figures.Together(4), 256, Units.Milliseconds, [4, 6], Figures.Alone),
        new(Figures.Resident, 0, Units.Megabytes, [-2]),
    ];

    [TestMethod]
    public async Task PrintJson_OneModel_WritesNull()
    {
        JsonNode result = JsonNode.Parse(Print(
            (terminal, report) => JsonResult.Write(terminal, BenchmarkJson.Of(report), ToolJson.Default.BenchmarkJson),
            await Reports.ModelAsync(1, NothingMeasured)))!;

        JsonNode[] measurements = [.. result["measurements"]!.AsArray().TakeLast(NothingMeasured.Length)!];
        CollectionAssert.AreEqual(
            new double?[] { null, null, null, 5, null }, measurements.Select(item => (double?)item["median"]).ToArray());
        Assert.AreEqual("[null,null]", measurements[0]["values"]!.ToJsonString());
        Assert.AreEqual("[4,6]", measurements[3]["values"]!.ToJsonString());
        Assert.AreEqual(Figures.Alone, (string)measurements[3]["baseline"]!);
        Assert.IsTrue(measurements[3].AsObject().ContainsKey("ratio"));
        Assert.IsNull(measurements[3]["ratio"]);
    }

    [TestMethod]
    public async Task PrintJson_TwoModels_WritesNullForTheirRatios()
    {
        Measurement onlyB = new(Figures.MemoryRead, 256, Units.GigabytesPerSecond, [0]);
        BenchmarkedModel[] models =
            [await Reports.ModelAsync(1, NothingMeasured), await Reports.ModelAsync(2, [.. NothingMeasured, onlyB])];

        JsonNode result = JsonNode.Parse(Print(
            (terminal, report) => JsonResult.Write(terminal, ComparisonJson.Of(report), ToolJson.Default.ComparisonJson), models))!;

        CollectionAssert.AreEqual(
            new double?[] { 2, 2, 2, 2, null, null, null, 1, null },
            result["ratios"]!.AsArray().Select(item => (double?)item!["ratio"]).ToArray());
    }

    // What an adapter costs is some hundredths of a step.
    [TestMethod]
    public async Task PrintTable_RatioNearOne_HasHundredths()
    {
        string[] rows = Rows(Print(BenchmarkTable.Print, await Reports.ModelAsync(
            1, new Measurement(Figures.Decode, 256, Units.TokensPerSecond, [100]),
            new Measurement(Figures.AdaptedDecode, 256, Units.TokensPerSecond, [86.4], Figures.Decode))));

        CollectionAssert.Contains(rows, "| decode, adapted | 256 | 86.4 | 86.4 | 86.4 | tokens/s | 0.86 |");
    }

    [TestMethod]
    public async Task PrintTable_OneModel_SaysSo()
    {
        string[] rows = Rows(Print(BenchmarkTable.Print, await Reports.ModelAsync(1, NothingMeasured)));

        CollectionAssert.Contains(rows, "| decode | 256 | not measured | not measured | not measured | tokens/s | |");
        CollectionAssert.Contains(rows, "| decode, share of memory read | 256 | not measured | not measured | not measured | % | |");
        CollectionAssert.Contains(rows, "| 4 intrinsics at once, 8 tokens | 256 | 5.0 | 4.0 | 6.0 | ms | not measured |");
        CollectionAssert.Contains(rows, "| resident memory of opening | | not measured | not measured | not measured | MB | |");
    }

    [TestMethod]
    public async Task PrintTable_TwoModels_SaysSo()
    {
        string[] rows = Rows(Print(BenchmarkTable.Print, await Reports.ModelAsync(1, NothingMeasured), await Reports.ModelAsync(2)));
        string[] both = Rows(
            Print(BenchmarkTable.Print, await Reports.ModelAsync(1, NothingMeasured), await Reports.ModelAsync(1, NothingMeasured)));

        CollectionAssert.Contains(rows, "| decode | 256 | not measured | | | | tokens/s | |");
        CollectionAssert.Contains(both, "| decode | 256 | not measured | | not measured | | tokens/s | not measured |");
        CollectionAssert.Contains(both, "| 4 intrinsics at once, 8 tokens | 256 | 5.0 | 4.0 – 6.0 | 5.0 | 4.0 – 6.0 | ms | 1.00 |");
    }

    private static string Print(Action<Terminal, BenchmarkReport> print, params BenchmarkedModel[] models)
    {
        using StringWriter output = new();
        using Terminal terminal = new(Stream.Null, output, TextWriter.Null);
        print(terminal, Reports.Of([], models));
        return output.ToString();
    }

    // Without the spaces that align columns.
    private static string[] Rows(string text) =>
        [.. text.ReplaceLineEndings("\n")
            .Split('\n')
            .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
}
