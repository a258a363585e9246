using ALoRA.Onnx.Operators.Cuda;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Operators.Cuda;

[TestClass]
public sealed class ProductFormTests
{
    [TestMethod]
    [DataRow(false, false, 1, false)]
    [DataRow(true, false, 30, true)]
    [DataRow(false, true, 1, true)]
    [DataRow(false, true, 9, false)]
    public void WaitsFor_Rows_IsSoBehindANormAndBehindAFirstHalfOfFewRows(bool waits, bool isAhead, int rows, bool expected) =>
        Assert.AreEqual(expected, new ProductForm(ProductForm.FloatBits, new PartEnds([]), false, waits, isAhead, 1).WaitsFor(rows));

    [TestMethod]
    public void Behind_OfEachKindOfWeights_IsTheResidual()
    {
        Assert.AreEqual(2, new ProductForm(ProductForm.FloatBits, new PartEnds([]), false, false, false, 1).Behind);
        Assert.AreEqual(4, new ProductForm(ProductForm.NibbleBits, new PartEnds([]), false, false, false, 1).Behind);
        Assert.AreEqual(4, new ProductForm(ProductForm.ByteBits, new PartEnds([]), false, false, false, 1).Behind);
    }

    // 4-bit weights for the GPU's self-test are what ONNX Runtime's MatMulNBits
    // says of the same bytes: low half first, less the zero point.
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Values_OfNibbleWeights_AreCodesLessZerosTimesScales(bool withZeros)
    {
        BlockWeights weights = new(TensorElementType.Float16, ProductForm.NibbleBits, 3, 96, withZeros);
        for (int output = 0; output < 3; output++)
        {
            for (int index = 0; index < 96; index++)
            {
                byte two = weights.Codes[(((output * 3) + (index / 32)) * 16) + (index % 32 / 2)];
                int code = (two >> (4 * (index % 2))) & 15;
                int zero = weights.Zeros is null ? 8 : (weights.Zeros[(output * 2) + (index / 64)] >> (4 * (index / 32 % 2))) & 15;
                float scale = SmallFloats.Value(TensorElementType.Float16, weights.Scales[(output * 3) + (index / 32)]);
                Assert.AreEqual((code - zero) * scale, weights.Row(output)[index]);
            }
        }
    }
    // And of 8 bits: a byte each, the zero points, too.
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Values_OfByteWeights_AreCodesLessZerosTimesScales(bool withZeros)
    {
        BlockWeights weights = new(TensorElementType.Float16, ProductForm.ByteBits, 3, 96, withZeros);
        Assert.HasCount(3 * 96, weights.Codes);
        for (int index = 0; index < weights.Values.Length; index++)
        {
            int zero = weights.Zeros is null ? 128 : weights.Zeros[index / 32];
            float scale = SmallFloats.Value(TensorElementType.Float16, weights.Scales[index / 32]);
            Assert.AreEqual((weights.Codes[index] - zero) * scale, weights.Row(index / 96)[index % 96]);
        }
    }
}
