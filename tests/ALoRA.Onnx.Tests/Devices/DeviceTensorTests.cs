using System.Runtime.InteropServices;
using ALoRA.Onnx.Devices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Devices;

/// <summary>The process's memory stands in for a device's, so that what lies at the address can be looked at.</summary>
[TestClass]
public sealed class DeviceTensorTests
{
    [TestMethod]
    public void Address_OfATensor_IsWhereTheValueLies()
    {
        using DeviceTensor tensor = Create(2, 3);
        float[] written = [1, 2, 3, 4, 5, 6];
        Marshal.Copy(written, 0, tensor.Address, written.Length);

        Assert.AreEqual(24, tensor.Bytes);
        CollectionAssert.AreEqual(written, tensor.Value.GetTensorDataAsSpan<float>().ToArray());
    }

    [TestMethod]
    public void Address_OfAnEmptyTensor_IsNotNull()
    {
        using DeviceTensor tensor = Create(0, 3);
        Assert.AreEqual(0, tensor.Bytes);
        Assert.AreNotEqual(0, tensor.Address);
    }

    private static DeviceTensor Create(params ReadOnlySpan<long> shape) =>
        new(OrtAllocator.DefaultInstance, OrtMemoryInfo.DefaultInstance, TensorElementType.Float, shape);
}
