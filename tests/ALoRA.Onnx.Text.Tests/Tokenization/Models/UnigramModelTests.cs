using CsCheck;

namespace ALoRA.Onnx.Text.Tests.Tokenization.Models;

[TestClass]
public sealed class UnigramModelTests
{
    private static readonly (string Token, double Score)[] Tokens =
    [
        ("?", 0), ("a", -2.5), ("b", -3.25), ("ab", -3.5), ("ba", -4.125), ("aab", -6.0), ("bb", -7.5), ("abab", -6.5),
    ];

    [TestMethod]
    public void Encode_AnyText_HasTheBestScoreOfAllCuts()
    {
        HfTokenizer tokenizer = Create(byteFallback: false);
        Gen.Char["ab"].Array[1, 11].Sample(letters =>
        {
            string text = new(letters);
            double actual = tokenizer.Encode(text).Sum(id => Tokens[id].Score);
            return Math.Abs(actual - BestScore(text)) < 1e-9;
        });
    }

    [TestMethod]
    public void Encode_UnknownCharacters_AreOneTokenWithTheirText()
    {
        TokenEncoding encoding = Create(byteFallback: false).EncodeWithOffsets("axyb");

        CollectionAssert.AreEqual(new[] { 1, 0, 2 }, encoding.Ids.ToArray());
        CollectionAssert.AreEqual(new[] { "a", "xy", "b" }, encoding.Tokens.ToArray());
        Assert.AreEqual(new TokenOffsets(1, 3), encoding.Offsets[1]);
    }

    [TestMethod]
    public void Encode_NoUnknownToken_SaysSo()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(
            model: """{ "type": "Unigram", "unk_id": null, "vocab": [["a", -1]] }""", preTokenizer: "null");

        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => tokenizer.Encode("b"));
        StringAssert.Contains(exception.Message, "unk_id");
    }

    private static HfTokenizer Create(bool byteFallback)
    {
        string vocabulary = string.Join(", ", Tokens.Select(token => FormattableString.Invariant($"[\"{token.Token}\", {token.Score}]")));
        string fallback = byteFallback ? "true" : "false";
        string model = $$"""{ "type": "Unigram", "unk_id": 0, "byte_fallback": {{fallback}}, "vocab": [{{vocabulary}}] }""";
        return TinyTokenizer.Create(model: model, preTokenizer: "null", decoder: "null");
    }

    private static double BestScore(string text) => text.Length == 0
        ? 0
        : Tokens.Skip(1).Where(token => text.StartsWith(token.Token, StringComparison.Ordinal))
            .Max(token => token.Score + BestScore(text[token.Token.Length..]));
}
