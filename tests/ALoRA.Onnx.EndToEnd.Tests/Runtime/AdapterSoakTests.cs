using System.Globalization;
using ALoRA.Onnx.EndToEnd.Tests.Processes;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>
/// Sixteen adapters of three ranks that come and go between invocations. <c>ALORA_SOAK_INVOCATIONS=10000</c> asks for so many.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class AdapterSoakTests
{
    private const long MiB = 1 << 20;

    // Below it the just-in-time compiler and ONNX Runtime's arena still take their share.
    private const int Fewest = 5000;
    private const int SettledSample = 2;

    public required TestContext TestContext { get; init; }

    [TestMethod]
    public async Task Invoke_AdaptersThatComeAndGo_LeavesMemoryAndHandlesFlat()
    {
        if (!int.TryParse(
            Environment.GetEnvironmentVariable("ALORA_SOAK_INVOCATIONS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            Assert.Inconclusive("Set ALORA_SOAK_INVOCATIONS to the number of invocations, 10000 for example.");
        }

        count = Math.Max(count, Fewest);
        string output = await ChildProcess.OutputOfAsync(
            nameof(AdapterWork), await DemoModel.FolderAsync(), count.ToString(CultureInfo.InvariantCulture));
        TestContext.WriteLine($"invocations, loads, resident bytes, handles, milliseconds\n{output}");
        long[][] samples =
        [
            .. output.Trim().Split('\n').Select(line =>
                line.Split(' ').Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray()),
        ];
        Assert.HasCount(AdapterWork.Samples, samples);
        long[] first = samples[SettledSample];
        long[] last = samples[^1];
        Assert.IsGreaterThan(count / 8, last[1], output);
        Assert.IsLessThanOrEqualTo(8 * MiB, last[2] - first[2], output);
        Assert.IsLessThanOrEqualTo(first[3] + 2, last[3], output);
    }
}
