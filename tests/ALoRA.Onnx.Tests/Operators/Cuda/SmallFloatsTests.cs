using ALoRA.Onnx.Operators.Cuda;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Operators.Cuda;

[TestClass]
public sealed class SmallFloatsTests
{
    [TestMethod]
    [DataRow(TensorElementType.Float16, 1f, (ushort)0x3c00, DisplayName = "float16 1")]
    [DataRow(TensorElementType.Float16, 1.00048828125f, (ushort)0x3c00, DisplayName = "float16, halfway, to the even one below")]
    [DataRow(TensorElementType.BFloat16, 1f, (ushort)0x3f80, DisplayName = "bfloat16 1")]
    [DataRow(TensorElementType.BFloat16, 1.00390625f, (ushort)0x3f80, DisplayName = "bfloat16, halfway, to the even one below")]
    [DataRow(TensorElementType.BFloat16, 1.01171875f, (ushort)0x3f82, DisplayName = "bfloat16, halfway, to the even one above")]
    [DataRow(TensorElementType.BFloat16, -2.5f, (ushort)0xc020, DisplayName = "bfloat16 below 0")]
    public void Round_AValue_GivesTheNearest(TensorElementType type, float value, ushort bits) =>
        Assert.AreEqual(bits, SmallFloats.Round(type, value));

    [TestMethod]
    public void Value_OfEveryNumber_RoundsToItself()
    {
        foreach (TensorElementType type in (TensorElementType[])[TensorElementType.Float16, TensorElementType.BFloat16])
        {
            for (int bits = 0; bits <= ushort.MaxValue; bits++)
            {
                float value = SmallFloats.Value(type, (ushort)bits);
                if (float.IsFinite(value))
                {
                    Assert.AreEqual((ushort)bits, SmallFloats.Round(type, value));
                }
            }
        }
    }
}
