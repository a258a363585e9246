using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Models;

namespace ALoRA.Onnx.Tests.Models;

/// <summary>Which execution provider a model gets on a machine without a device.</summary>
[TestClass]
public sealed class ProviderChooserTests
{
    [TestMethod]
    [DataRow("auto")]
    [DataRow("CPU")]
    public void Choose_Float32_IsTheCpuWithAReason(string name)
    {
        ChosenProvider chosen = ProviderChooser.Choose(ExecutionProvider.Named(name), Manifest("float32"));
        Assert.AreEqual("CPUExecutionProvider", chosen.Name);
        Assert.IsNull(chosen.Device);
        Assert.IsGreaterThan(10, chosen.Reason.Length);
    }

    [TestMethod]
    [DataRow("auto")]
    [DataRow("cpu")]
    public void Choose_OtherDeviceThanTheFirstOfTheCpu_IsRefusedByItsNumber(string name)
    {
        ExecutionProvider sixth = ExecutionProvider.Named(name) with { DeviceIndex = 5 };
        InvalidOperationException exception =
            Assert.ThrowsExactly<InvalidOperationException>(() => ProviderChooser.Choose(sixth, Manifest("float32")));
        Assert.StartsWith("Device 5 was asked for, but the CPU computes here", exception.Message);
    }

    [TestMethod]
    public void Choose_CudaForFloat32_SaysHowToExport()
    {
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(
            () => ProviderChooser.Choose(ExecutionProvider.Cuda, Manifest("float32")));
        Assert.Contains("--precision float16", exception.Message);
    }

    [TestMethod]
    public void Choose_CudaWithoutItsLibrary_NamesIt()
    {
        ExecutionProvider missing = ExecutionProvider.Cuda with { LibraryPath = Path.Combine(Path.GetTempPath(), "no-such-provider.so") };
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(
            () => ProviderChooser.Choose(missing, Manifest("float16")));
        Assert.Contains("no-such-provider.so", exception.Message);
    }

    [TestMethod]
    public void Choose_BFloat16OnTheCpu_IsRefused()
    {
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(
            () => ProviderChooser.Choose(ExecutionProvider.Cpu, Manifest("bfloat16")));
        Assert.Contains("bfloat16", exception.Message);
    }

    [TestMethod]
    public void Choose_UnknownProvider_AsksForItsLibrary()
    {
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(
            () => ProviderChooser.Choose(ExecutionProvider.Named("NoSuchExecutionProvider"), Manifest("float16")));
        Assert.Contains("NoSuchExecutionProvider", exception.Message);
        Assert.Contains(nameof(ExecutionProvider.LibraryPath), exception.Message);
    }

    private static ModelManifest Manifest(string activations) => TestManifest.Read(json =>
    {
        json["precision"]!["activations"] = activations;
        json["precision"]!["kv_cache"] = activations;
    });
}
