using ALoRA.Onnx.Unicode;
using CsCheck;

namespace ALoRA.Onnx.Text.Tests.Unicode;

[TestClass]
public sealed class CodePointSetTests
{
    private static readonly Gen<CodePointSet> GenSet =
        Gen.Select(Gen.Int[0, 60], Gen.Int[0, 8], (first, length) => (first, first + length)).Array[0, 12]
            .Select(ranges => CodePointSet.Union(ranges));

    [TestMethod]
    public void Operations_AnySets_FollowMembership() => Gen.Select(GenSet, GenSet).Sample((left, right) =>
        Enumerable.Range(0, 80).All(codePoint =>
            CodePointSet.Union(left, right).Contains(codePoint) == (left.Contains(codePoint) || right.Contains(codePoint))
            && left.Intersect(right).Contains(codePoint) == (left.Contains(codePoint) && right.Contains(codePoint))
            && left.Except(right).Contains(codePoint) == (left.Contains(codePoint) && !right.Contains(codePoint))
            && left.Complement().Contains(codePoint) != left.Contains(codePoint)
            && new CodePointBitmap(left).Contains(codePoint) == left.Contains(codePoint)));

    [TestMethod]
    public void Bitmap_LargeSet_EqualsSet()
    {
        CodePointSet letters = UnicodeProperties.Category("L");
        CodePointBitmap bitmap = new(letters);
        for (int codePoint = 0; codePoint < CodePointSet.Limit; codePoint += 7)
        {
            Assert.AreEqual(letters.Contains(codePoint), bitmap.Contains(codePoint), $"U+{codePoint:X4}");
        }
    }

    [TestMethod]
    public void Complement_OfAllAndNothing_AreEachOther()
    {
        Assert.IsTrue(CodePointSet.All.Complement().IsEmpty);
        Assert.IsTrue(CodePointSet.Empty.Complement().SetEquals(CodePointSet.All));
    }
}
