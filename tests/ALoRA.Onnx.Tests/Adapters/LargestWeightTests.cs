using System.Runtime.InteropServices;
using ALoRA.Onnx.Adapters;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Adapters;

[TestClass]
public sealed class LargestWeightTests
{
    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(15)]
    [DataRow(64)]
    [DataRow(1001)]
    public void Of_FiniteWeights_IsTheLargestMagnitudeInEveryType(int count)
    {
        Random random = new(count);
        float[] values = [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * 100)];
        Half[] halves = [.. values.Select(value => (Half)value)];
        ushort[] brains = [.. values.Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))];
        Assert.AreEqual(values.Select(Math.Abs).DefaultIfEmpty(0).Max(), LargestWeight.Of(Bytes(values), TensorElementType.Float));
        Assert.AreEqual(
            halves.Select(half => Math.Abs((float)half)).DefaultIfEmpty(0).Max(),
            LargestWeight.Of(Bytes(halves), TensorElementType.Float16));
        Assert.AreEqual(
            brains.Select(bits => Math.Abs(BitConverter.UInt32BitsToSingle((uint)bits << 16))).DefaultIfEmpty(0).Max(),
            LargestWeight.Of(Bytes(brains), TensorElementType.BFloat16));
        Assert.AreEqual(-1, LargestWeight.IndexOfNonFinite(Bytes(values), TensorElementType.Float));
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.NegativeInfinity)]
    [DataRow(float.PositiveInfinity)]
    public void Of_OneThatIsNotFinite_IsFoundWhereverItStands(float wrong)
    {
        for (int place = 0; place < 150; place++)
        {
            float[] values = new float[150];
            values[place] = wrong;
            Half[] halves = [.. values.Select(value => (Half)value)];
            ushort[] brains = [.. values.Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))];
            AssertFound(Bytes(values), TensorElementType.Float, place);
            AssertFound(Bytes(halves), TensorElementType.Float16, place);
            AssertFound(Bytes(brains), TensorElementType.BFloat16, place);
        }
    }

    private static void AssertFound(byte[] weights, TensorElementType type, int place)
    {
        Assert.IsFalse(float.IsFinite(LargestWeight.Of(weights, type)), $"{type} at {place}");
        Assert.AreEqual(place, LargestWeight.IndexOfNonFinite(weights, type), $"{type}");
    }

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
