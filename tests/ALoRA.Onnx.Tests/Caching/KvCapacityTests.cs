using ALoRA.Onnx.Caching;
using CsCheck;

namespace ALoRA.Onnx.Tests.Caching;

[TestClass]
public sealed class KvCapacityTests
{
    [TestMethod]
    [DataRow(0, 1, 8192, 256)]
    [DataRow(0, 256, 8192, 256)]
    [DataRow(0, 257, 8192, 512)]
    [DataRow(256, 257, 8192, 512)]
    [DataRow(1024, 1025, 8192, 1536)]
    [DataRow(6144, 6145, 8192, 8192)]
    [DataRow(512, 400, 8192, 512)]
    [DataRow(0, 10, 100, 100)]
    [DataRow(2_000_000_000, 2_000_000_001, int.MaxValue, int.MaxValue)]
    public void Next_KnownCases_GrowsInSteps(int current, int required, int longest, int expected)
    {
        Assert.AreEqual(expected, KvCapacity.Next(current, required, longest));
    }

    [TestMethod]
    public void Next_MoreThanTheContext_IsRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => KvCapacity.Next(0, 101, 100));
    }

    [TestMethod]
    public void Next_OneRowAtATime_CopiesFewRows()
    {
        Gen.Int[1, 100_000].Sample(
            longest =>
            {
                int capacity = 0;
                long copied = 0;
                for (int length = 1; length <= longest; length++)
                {
                    int next = KvCapacity.Next(capacity, length, longest);
                    Assert.IsTrue(next >= length && next <= longest && (next == longest || next % KvCapacity.Step == 0));
                    copied += next == capacity ? 0 : length - 1;
                    capacity = next;
                }

                Assert.IsLessThanOrEqualTo(3L * longest, copied);
            },
            iter: 20);
    }
}
