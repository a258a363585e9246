using ALoRA.Onnx.Server.Tenants;

namespace ALoRA.Onnx.Server.Tests.Tenants;

[TestClass]
public sealed class TenantAccountTests
{
    [TestMethod]
    public void TryBegin_AsManyAsMayRun_RefusesOneMoreUntilOneEnds()
    {
        TenantAccount account = new(tokensPerMinute: null, new HandClock());

        Assert.IsTrue(account.TryBegin(2, out _));
        Assert.IsTrue(account.TryBegin(2, out _));
        Assert.IsFalse(account.TryBegin(2, out TimeSpan wait));
        Assert.AreEqual(TimeSpan.Zero, wait);
        account.End(1_000_000);
        Assert.IsTrue(account.TryBegin(2, out _));
    }

    [TestMethod]
    public void TryBegin_TokensAreUsed_WaitsUntilTheAccountIsEven()
    {
        HandClock clock = new();
        TenantAccount account = new(tokensPerMinute: 600, clock);
        Assert.IsTrue(account.TryBegin(null, out _));
        account.End(619);

        Assert.IsFalse(account.TryBegin(null, out TimeSpan wait));
        Assert.AreEqual(TimeSpan.FromSeconds(2), wait);

        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.IsTrue(account.TryBegin(null, out _));
    }

    [TestMethod]
    public void TryBegin_AfterALongRest_HasAMinutesTokensAndNoMore()
    {
        HandClock clock = new();
        TenantAccount account = new(tokensPerMinute: 60, clock);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.IsTrue(account.TryBegin(null, out _));
        account.End(60);

        Assert.IsFalse(account.TryBegin(null, out _));
    }

    private sealed class HandClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;
    }
}
