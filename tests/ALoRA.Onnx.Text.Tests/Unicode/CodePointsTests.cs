using ALoRA.Onnx.Unicode;
using CsCheck;

namespace ALoRA.Onnx.Text.Tests.Unicode;

[TestClass]
public sealed class CodePointsTests
{
    private static readonly Gen<string> Texts =
        Gen.Int[0, 4].Select(i => "aé\uD83D\uDE00\uFFFF"[i]).Array[1, 8].Select(units => new string(units));

    [TestMethod]
    public void At_AnyText_WalksForwardOverWhatBeforeWalksBack() => Texts.Sample(text =>
    {
        List<int> forward = [];
        for (int i = 0; i < text.Length; i += CodePoints.LengthAt(text, i))
        {
            forward.Add(CodePoints.At(text, i));
            Assert.AreEqual(CodePoints.LengthAt(text, i), CodePoints.Units(forward[^1]));
        }

        List<int> back = [];
        for (int i = text.Length; i > 0; i -= CodePoints.LengthBefore(text, i))
        {
            back.Insert(0, CodePoints.Before(text, i));
        }

        CollectionAssert.AreEqual(forward, back);
        Assert.AreEqual(text, string.Concat(forward.Select(c => c < 0x10000 ? ((char)c).ToString() : char.ConvertFromUtf32(c))));
    });

    [TestMethod]
    public void WhiteSpace_EveryCharacter_AsDotNetHasIt()
    {
        for (int c = 0; c <= char.MaxValue; c++)
        {
            bool isSpace = char.IsWhiteSpace((char)c);
            Assert.AreEqual(isSpace, CharacterClass.IsWhiteSpace(c), $"{c:x4}");
            Assert.AreEqual(isSpace, UnicodeProperties.WhiteSpace.Contains(c), $"{c:x4}");
            Assert.AreEqual(isSpace || c is >= 0x1C and <= 0x1F, CharacterClass.IsSpace(c), $"{c:x4}");
        }
    }
}
