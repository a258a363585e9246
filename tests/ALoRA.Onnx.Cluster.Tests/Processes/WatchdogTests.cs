using System.Diagnostics;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>What is left behind by tests whose process is killed: nothing.</summary>
[TestClass]
public sealed class WatchdogTests
{
    [TestMethod]
    public void Script_InputEnds_EndsWhatItWasToldOfAndNotWhatEndedBefore()
    {
        if (Programs.Find("sh") is not { } shell)
        {
            Assert.Inconclusive("Skipped: there is no shell.");
            return;
        }

        using Process first = Sleep();
        using Process forgotten = Sleep();
        using Process last = Sleep();
        using Process watchdog = Process.Start(new ProcessStartInfo(shell, ["-c", Watchdog.Script]) { RedirectStandardInput = true })!;
        watchdog.StandardInput.Write($"+ {first.Id}\n+ {forgotten.Id}\n+ {last.Id}\n- {forgotten.Id}\n- 1\n");
        watchdog.StandardInput.Close();

        Assert.IsTrue(watchdog.WaitForExit(HangGuard.Limit));
        Assert.IsTrue(first.WaitForExit(HangGuard.Limit));
        Assert.IsTrue(last.WaitForExit(HangGuard.Limit));
        Assert.IsFalse(forgotten.HasExited);
        forgotten.Kill();
    }

    private static Process Sleep() => Process.Start("sleep", "600");
}
