using ALoRA.Onnx.Tokenization.Normalization;
using ALoRA.Onnx.Tokenization.Text;
using CsCheck;

namespace ALoRA.Onnx.Text.Tests.Tokenization.Normalization;

[TestClass]
public sealed class UnicodeNormalizerTests
{
    private static readonly Gen<string> GenText =
        Gen.OneOf(
            Gen.Int[0x20, 0x24F], Gen.Int[0x300, 0x345], Gen.Int[0x1100, 0x1200], Gen.Int[0xAC00, 0xACFF], Gen.Int[0x1E00, 0x1FFF],
            Gen.Int[0xFB00, 0xFB4F])
            .Array[0, 12].Select(codePoints => string.Concat(codePoints.Select(char.ConvertFromUtf32)));

    [TestMethod]
    [DataRow("é", "e\u0301", "é")]
    [DataRow("e\u0301\u0323", "e\u0323\u0301", "\u1EB9\u0301", DisplayName = "marks are put into canonical order")]
    [DataRow("가각", "\u1100\u1161\u1100\u1161\u11A8", "가각")]
    [DataRow("\u0344", "\u0308\u0301", "\u0308\u0301", DisplayName = "composition exclusion")]
    [DataRow("a\u0328\u0327", "a\u0328\u0327", "ą\u0327", DisplayName = "an equal class blocks")]
    public void Normalize_Sample_GivesCanonicalForms(string text, string decomposed, string composed)
    {
        Assert.AreEqual(decomposed, Normalize(text, UnicodeForm.Nfd));
        Assert.AreEqual(composed, Normalize(text, UnicodeForm.Nfc));
    }

    [TestMethod]
    public void Normalize_CompatibilityCharacters_AreReplaced()
    {
        Assert.AreEqual("fi1/4 A", Normalize("ﬁ1/4 Ａ", UnicodeForm.Nfkc));
        Assert.AreEqual("e\u0301", Normalize("é", UnicodeForm.Nfkd));
    }

    [TestMethod]
    public void Normalize_AnyText_ObeysTheFormsLaws() => GenText.Sample(text =>
        Normalize(Normalize(text, UnicodeForm.Nfd), UnicodeForm.Nfc) == Normalize(text, UnicodeForm.Nfc)
        && Normalize(Normalize(text, UnicodeForm.Nfc), UnicodeForm.Nfd) == Normalize(text, UnicodeForm.Nfd)
        && Normalize(Normalize(text, UnicodeForm.Nfkc), UnicodeForm.Nfkd) == Normalize(text, UnicodeForm.Nfkd)
        && Normalize(Normalize(text, UnicodeForm.Nfc), UnicodeForm.Nfc) == Normalize(text, UnicodeForm.Nfc));

    [TestMethod]
    public void Normalize_Composition_KeepsThePlacesOfItsParts()
    {
        AlignedText normalized = new UnicodeNormalizer(UnicodeForm.Nfc).Normalize(new AlignedText("xe\u0301y", 10));

        Assert.AreEqual("xéy", normalized.Text);
        Assert.AreEqual((10, 11), (normalized.OriginalStart(0), normalized.OriginalEnd(0)));
        Assert.AreEqual((11, 12), (normalized.OriginalStart(1), normalized.OriginalEnd(1)), "the reference gives the first part's place");
        Assert.AreEqual((13, 14), (normalized.OriginalStart(2), normalized.OriginalEnd(2)));
    }

    private static string Normalize(string text, UnicodeForm form) => new UnicodeNormalizer(form).Normalize(new AlignedText(text, 0)).Text;
}
