namespace ALoRA.Onnx.Serving.Tests.Scheduling;

[TestClass]
public sealed class StepCostsFileTests
{
    private const string Valid = """{"version": 1, "base_rows": [{"count": 1, "milliseconds": 2.5}], "adapted_rows": [], "chunks": []}""";

    [TestMethod]
    public void Load_WhatWasSaved_IsTheSame()
    {
        using TemporaryFolder folder = new();
        StepCosts costs = new(
            new CostCurve([new(1, 20.125), new(8, 1.0 / 3)]), new CostCurve([new(2, 1e-3)]), new CostCurve([new(512, 1e6)]));
        File.WriteAllText(folder["costs.json"], "what was there before");
        costs.Save(folder["costs.json"]);
        StepCosts read = StepCosts.Load(folder["costs.json"]);
        CollectionAssert.AreEqual(costs.BaseRows.Points.ToArray(), read.BaseRows.Points.ToArray());
        CollectionAssert.AreEqual(costs.AdaptedRows.Points.ToArray(), read.AdaptedRows.Points.ToArray());
        CollectionAssert.AreEqual(costs.Chunks.Points.ToArray(), read.Chunks.Points.ToArray());
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    [DataRow("", "is no JSON")]
    [DataRow("[1]", "no object with \"version\": 1")]
    [DataRow("""{"version": 2}""", "no object with \"version\": 1")]
    [DataRow("""{"version": "1"}""", "is no")]
    [DataRow("""{"version": 1}""", "\"base_rows\" is no list")]
    [DataRow(Valid, "\"adapted_rows\": The table of costs has no row")]
    [DataRow("""{"version": 1, "base_rows": [{"count": 1.5, "milliseconds": 2}]}""", "\"base_rows\"[0] has no whole")]
    [DataRow("""{"version": 1, "base_rows": [{"count": 1, "milliseconds": "2"}]}""", "\"base_rows\"[0] has no whole")]
    [DataRow("""{"version": 1, "base_rows": [{"count": 1, "milliseconds": 2}, 7]}""", "\"base_rows\"[1] has no whole")]
    [DataRow("""{"version": 1, "base_rows": [{"count": 1e99, "milliseconds": 2}]}""", "\"base_rows\"[0] has no whole")]
    [DataRow("""{"version": 1, "base_rows": [{"count": 1, "milliseconds": -2}]}""", "says -2 ms for 1")]
    public void Load_NoTable_SaysWhatIsWrong(string text, string sentence)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["costs.json"], text);
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => StepCosts.Load(folder["costs.json"]));
        Assert.Contains(sentence, exception.Message);
        Assert.Contains(folder["costs.json"], exception.Message);
    }

    [TestMethod]
    public void Load_LargeFile_IsNotRead()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["costs.json"], new string(' ', (1 << 20) + 1));
        Assert.Contains("1,048,577", Assert.ThrowsExactly<ModelFormatException>(() => StepCosts.Load(folder["costs.json"])).Message);
    }
}
