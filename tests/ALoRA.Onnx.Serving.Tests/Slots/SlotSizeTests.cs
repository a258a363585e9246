using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Serving.Slots;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Serving.Tests.Slots;

[TestClass]
public sealed class SlotSizeTests
{
    private static readonly KvLayout Layout = new(2, 1, 8, TensorElementType.Float, 131072);

    [TestMethod]
    public void Divide_LongestIsLessThanFourTimesTheSmallest_IsOneClass()
    {
        IReadOnlyList<SlotSize> sizes = SlotSize.Divide(Layout, longest: 5120, rows: 16, 16L * 5120 * Layout.BytesPerToken);
        CollectionAssert.AreEqual(new SlotSize[] { new(16, 5120) }, sizes.ToArray());
    }

    [TestMethod]
    public void Divide_LongContexts_HalfIsForShortOnes()
    {
        IReadOnlyList<SlotSize> sizes = SlotSize.Divide(Layout, longest: 8192, rows: 16, 16L * 8192 * Layout.BytesPerToken);
        CollectionAssert.AreEqual(new SlotSize[] { new(30, 2048), new(8, 8192) }, sizes.ToArray());
    }
}
