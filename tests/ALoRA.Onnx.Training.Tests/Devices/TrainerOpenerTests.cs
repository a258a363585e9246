using ALoRA.Onnx.Training.Devices;

namespace ALoRA.Onnx.Training.Tests.Devices;

/// <summary>What computes a training.</summary>
[TestClass]
public sealed class TrainerOpenerTests
{
    [TestMethod]
    [DataRow("auto")]
    [DataRow("cpu")]
    public async Task ProviderOf_OtherDeviceThanTheFirstOfTheCpu_IsRefusedByItsNumber(string name)
    {
        AloraModel model = await DemoModel.OpenAsync();
        ExecutionProvider provider = ExecutionProvider.Named(name);
        Assert.AreEqual("CPUExecutionProvider", TrainerOpener.ProviderOf(provider, model.Manifest).Name);

        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(
            () => TrainerOpener.ProviderOf(provider with { DeviceIndex = 5 }, model.Manifest));
        Assert.StartsWith("Device 5 was asked for, but the CPU computes here", exception.Message);
    }
}
