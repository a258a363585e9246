namespace ALoRA.Onnx.Text.Tests.Tokenization.AddedTokens;

[TestClass]
public sealed class AddedTokenFlagTests
{
    [TestMethod]
    public void SingleWord_TouchingAWordCharacter_IsNotFound()
    {
        HfTokenizer tokenizer = Create(TinyTokenizer.AddedToken(9, "ab", "single_word"));

        CollectionAssert.AreEqual(new[] { 4 }, tokenizer.Encode("ab"));
        CollectionAssert.AreEqual(new[] { 2, 3, 4 }, tokenizer.Encode("c ab"), "a space does not touch, so the token is cut out");
        CollectionAssert.AreEqual(new[] { 2, 3, 5 }, tokenizer.Encode("c abc"), "a letter does, so the model sees the word");
    }

    [TestMethod]
    public void Strip_WhiteSpaceBeside_IsSwallowed()
    {
        HfTokenizer both = Create(TinyTokenizer.AddedToken(9, "<m>", "lstrip", "rstrip"));

        TokenEncoding encoding = both.EncodeWithOffsets("a \t<m>\u2003b");

        CollectionAssert.AreEqual(new[] { 0, 9, 1 }, encoding.Ids.ToArray());
        Assert.AreEqual(" \t<m>\u2003", encoding.Tokens[1]);
        Assert.AreEqual(new TokenOffsets(1, 7), encoding.Offsets[1]);
    }

    [TestMethod]
    public void Normalized_TokenAndText_MeetInNormalizedForm()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(
            normalizer: """{ "type": "Lowercase" }""",
            addedTokens: $"[{TinyTokenizer.AddedToken(9, "<Tag>", "normalized")}, {TinyTokenizer.AddedToken(10, "<Raw>")}]");

        CollectionAssert.AreEqual(new[] { 9, 9, 10 }, tokenizer.Encode("<TAG><tag><Raw>"));
        Assert.AreEqual("<tag>", tokenizer.Decode([9]));
    }

    [TestMethod]
    public void Find_OverlappingTokens_TakesLeftmostThenLongest()
    {
        HfTokenizer tokenizer = Create(
            $"{TinyTokenizer.AddedToken(9, "<a>")}, {TinyTokenizer.AddedToken(10, "<a><b>")}, {TinyTokenizer.AddedToken(11, "<b>")}");

        CollectionAssert.AreEqual(new[] { 10, 11, 9 }, tokenizer.Encode("<a><b><b><a>"));
    }

    [TestMethod]
    public void Ids_TokensOutsideOfTheModel_FollowTheVocabulary()
    {
        HfTokenizer tokenizer = Create(
            $"{TinyTokenizer.AddedToken(700, "<x>")}, {TinyTokenizer.AddedToken(5, "abc")}, {TinyTokenizer.AddedToken(3, "<y>")}");

        Assert.AreEqual(9, tokenizer.IdOf("<x>"));
        Assert.AreEqual(5, tokenizer.IdOf("abc"));
        Assert.AreEqual(10, tokenizer.IdOf("<y>"));
    }

    private static HfTokenizer Create(string tokens) => TinyTokenizer.Create(addedTokens: $"[{tokens}]");
}
