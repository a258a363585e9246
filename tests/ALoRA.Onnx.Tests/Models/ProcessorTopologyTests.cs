using System.Globalization;
using ALoRA.Onnx.Models;

namespace ALoRA.Onnx.Tests.Models;

[TestClass]
public sealed class ProcessorTopologyTests
{
    [TestMethod]
    public void CoresOfLinux_TwoThreadsACore_CountsCores()
    {
        using TemporaryFolder folder = new();
        for (int cpu = 0; cpu < 8; cpu++)
        {
            string topology = folder[string.Create(CultureInfo.InvariantCulture, $"cpu{cpu}"), "topology"];
            Directory.CreateDirectory(topology);
            File.WriteAllText(
                Path.Combine(topology, "thread_siblings_list"),
                string.Create(CultureInfo.InvariantCulture, $"{cpu % 4},{(cpu % 4) + 4}\n"));
        }

        Directory.CreateDirectory(folder["cpufreq"]);
        Assert.AreEqual(4, ProcessorTopology.CoresOfLinux(folder.Path));
    }

    [TestMethod]
    public void CoresOfLinux_NoTopology_CannotTell()
    {
        using TemporaryFolder folder = new();
        Assert.AreEqual(0, ProcessorTopology.CoresOfLinux(folder.Path));
        Assert.AreEqual(0, ProcessorTopology.CoresOfLinux(folder["missing"]));
    }

    [TestMethod]
    public void UsableCores_ThisMachine_StaysWithinTheProcessors()
    {
        int cores = ProcessorTopology.UsableCores();
        Assert.IsTrue(cores >= Math.Min(2, Environment.ProcessorCount) && cores <= Environment.ProcessorCount, $"{cores}");
    }
}
