using ALoRA.Onnx.Cluster.Transfer;

namespace ALoRA.Onnx.Cluster.Tests.Transfer;

[TestClass]
public sealed class TransferRatesTests
{
    [TestMethod]
    [DataRow(163840L, 1.25e9, 21680, false, DisplayName = "an 8B model in fp16 over 10 GbE is computed again")]
    [DataRow(163840L, 5e9, 21680, true, DisplayName = "the same over 40 Gbit/s is moved")]
    [DataRow(46080L, 1.25e8, 594, true, DisplayName = "a small model on two cores over 1 GbE is moved")]
    [DataRow(46080L, 1.25e8, 0, false, DisplayName = "what nobody has measured is computed")]
    public void IsWorthFetching_BytesAndRates_AreComparedAsTheDesignSays(
        long bytesPerToken, double bytesPerSecond, double tokensPerSecond, bool expected) =>
        Assert.AreEqual(expected, TransferRates.IsWorthFetching(bytesPerToken, bytesPerSecond, tokensPerSecond));

    [TestMethod]
    public void Computed_PromptsOfAnySize_OnlyLongOnesCount()
    {
        TransferRates rates = new(TimeProvider.System);
        rates.Computed(10, TimeSpan.FromSeconds(1));
        Assert.AreEqual(0, rates.TokensPerSecond);
        rates.Computed(1000, TimeSpan.FromSeconds(1));
        Assert.AreEqual(1000, rates.TokensPerSecond);
        rates.Computed(2000, TimeSpan.FromSeconds(1));
        Assert.AreEqual(1300, rates.TokensPerSecond, 1e-6);
    }

    [TestMethod]
    public void Received_FromAServer_IsKnownOfThatOneAlone()
    {
        TransferRates rates = new(TimeProvider.System);
        rates.Received("http://a", 1000, TimeSpan.FromSeconds(2));
        Assert.AreEqual(500, rates.BytesPerSecond("http://a"));
        Assert.IsNull(rates.BytesPerSecond("http://b"));
        rates.Received("http://a", 1000, TimeSpan.FromSeconds(1));
        Assert.AreEqual(650d, rates.BytesPerSecond("http://a")!.Value, 1e-6);
    }
}
