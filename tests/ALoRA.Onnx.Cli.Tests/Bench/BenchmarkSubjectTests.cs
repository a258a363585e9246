using ALoRA.Onnx.Cli.Bench;

namespace ALoRA.Onnx.Cli.Tests.Bench;

[TestClass]
public sealed class BenchmarkSubjectTests
{
    [TestMethod]
    public async Task AddDecodeTraffic_BandwidthKnownOrNot_IsShareOrRate()
    {
        await using BenchmarkSubject subject = new(await DemoModel.GetFolderAsync(), new AloraModelOptions());
        await subject.OpenAsync(CancellationToken.None);
        subject.Add(new Measurement(Figures.Decode, 100, Units.TokensPerSecond, [100, 200]));
        subject.Add(new Measurement(Figures.Decode, 200, Units.TokensPerSecond, [100, 200]));
        subject.Add(new Measurement(Figures.MemoryRead, 200, Units.GigabytesPerSecond, [10, 40]));

        subject.AddDecodeTraffic(100);
        subject.AddDecodeTraffic(200);

        // Half of the 64 tokens that a decode generates stand before a token in the middle of it.
        double gigabytes100 = subject.Traffic.BytesAt(132) / 1e9;
        double gigabytes200 = subject.Traffic.BytesAt(232) / 1e9;
        CollectionAssert.AreEqual(
            new[] { 100 * gigabytes100, 200 * gigabytes100 }, subject.Find(Figures.DecodeRead, 100)!.Values.ToArray());
        CollectionAssert.AreEqual(
            new[] { 100 * (100 * gigabytes200) / 10, 100 * (200 * gigabytes200) / 40 },
            subject.Find(Figures.DecodeShare, 200)!.Values.ToArray());
        Assert.IsNull(subject.Find(Figures.DecodeShare, 100));
    }

    [TestMethod]
    public async Task Result_Figures_StandTogetherByName()
    {
        await using BenchmarkSubject subject = new(await DemoModel.GetFolderAsync(), new AloraModelOptions());
        await subject.MeasureMemoryAsync(CancellationToken.None);
        subject.Add(new Measurement(Figures.Decode, 1, Units.TokensPerSecond, [1]));
        subject.Add(new Measurement(Figures.Prefill, 2, Units.TokensPerSecond, [1]));
        subject.Add(new Measurement(Figures.Decode, 2, Units.TokensPerSecond, [1]));
        subject.AddCache(300);
        subject.AddCache(200);
        long adapter = subject.Model.Adapters.Get("certainty").Bytes;

        subject.AddAllocated();
        BenchmarkedModel result = subject.Result();

        CollectionAssert.AreEqual(
            new[] { Figures.Resident, Figures.Prefill, Figures.Decode, Figures.Decode, Figures.Allocated },
            result.Measurements.Select(measurement => measurement.Name).ToArray());
        Assert.AreEqual((result.Manifest.WeightsBytes + 300 + adapter) / 1e6, result.Measurements[^1].Median);
    }
}
