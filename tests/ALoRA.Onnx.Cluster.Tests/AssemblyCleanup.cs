using ALoRA.Onnx.Cluster.Tests.Chaos;

namespace ALoRA.Onnx.Cluster.Tests;

/// <summary>What all tests share is closed and deleted when the last one has ended.</summary>
[TestClass]
public static class AssemblyCleanup
{
    [AssemblyCleanup]
    public static async Task CleanUpAsync()
    {
        await ChaosModel.CleanUpAsync();
        await DemoModel.CleanUpAsync();
    }
}
