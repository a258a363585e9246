using System.Text;

namespace ALoRA.Onnx.Text.Tests.Tokenization.Normalization;

/// <summary>Rules that make a text longer are bounded together, and honest ones are not touched.</summary>
[TestClass]
public sealed class GrowthTests
{
    private const string Words = """{ "type": "WordLevel", "vocab": { "?": 0 }, "unk_token": "?" }""";
    private const string Letter = """{"type": "Replace", "pattern": {"String": "e"}, "content": "eeeeeeeeeeeeeeeeeeeeeeeee"}""";
    private const string Anything =
        """{"type": "Replace", "pattern": {"Regex": "."}, "content": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}""";

    private const string Between = """{"type": "Replace", "pattern": {"Regex": ""}, "content": "xxxxxxxxxxxxxxxxxxxx"}""";
    private const string Bytes = """{"type": "ByteLevel"}""";
    private const string Decomposed = """{"type": "NFKD"}""";
    private const string Byte = """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}""";

    [TestMethod]
    [DataRow(Letter, 10, "eee", DisplayName = "07-growing-letter")]
    [DataRow(Anything, 8, "ab", DisplayName = "08-growing-anything")]
    [DataRow(Between, 8, "ab", DisplayName = "what matches nothing")]
    [DataRow(Bytes, 30, "é", DisplayName = "bytes of bytes")]
    [DataRow(Decomposed + ", " + Letter, 6, "ﷺe", DisplayName = "with Unicode's forms between")]
    [DataRow("""{"type": "Sequence", "normalizers": [""" + Letter + "," + Letter + "]}", 5, "eee", DisplayName = "sequences in sequences")]
    public void Encode_RulesThatMultiply_AreRefusedInLittleMemory(string rules, int times, string text)
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(Words, Sequence(rules, times), "null", decoder: "null");
        long before = GC.GetAllocatedBytesForCurrentThread();
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(() => tokenizer.Encode(text));
        StringAssert.Contains(exception.Message, "tokenizer.json");
        Assert.IsLessThan(400_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Encode_StretchesBetweenAddedTokens_AreCountedTogether()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(
            Words, Sequence(Letter, 4), "null", decoder: "null", addedTokens: $"[{TinyTokenizer.AddedToken(1, "<s>", "special")}]");
        Assert.HasCount(3, tokenizer.Encode("e<s>e"));
        Assert.ThrowsExactly<InvalidOperationException>(() => tokenizer.Encode(string.Concat(Enumerable.Repeat("e<s>", 1000))));
    }

    [TestMethod]
    public void Encode_PreTokenizersThatMultiply_AreRefused()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(
            Words, preTokenizer: $$"""{"type": "Sequence", "pretokenizers": [{{string.Join(",", Enumerable.Repeat(Byte, 30))}}]}""",
            decoder: "null");
        Assert.ThrowsExactly<InvalidOperationException>(() => tokenizer.Encode("é"));
    }

    [TestMethod]
    public void Load_AddedTokenThatTheRulesMultiply_IsRefused() => Assert.ThrowsExactly<ModelFormatException>(() => TinyTokenizer.Create(
        Words, Sequence(Letter, 10), "null", decoder: "null", addedTokens: $"[{TinyTokenizer.AddedToken(1, "eee", "normalized")}]"));

    [TestMethod]
    [DataRow("NFKD", 18)]
    [DataRow("NFKC", 18)]
    public void Encode_LongestDecomposition_IsGivenExactly(string form, int length)
    {
        const int Count = 100_000;
        HfTokenizer tokenizer = TinyTokenizer.Create(Letters(), $$"""{"type": "{{form}}"}""", "null", decoder: "null");
        int[] ids = tokenizer.Encode(new string('ﷺ', Count));
        Assert.HasCount(length * Count, ids);
        CollectionAssert.AreEqual(tokenizer.Encode("ﷺ"), ids[^length..]);
    }

    [TestMethod]
    public void Encode_LongTextWithManyRulesThatKeepItsLength_IsNotRefused()
    {
        string rules = """{"type": "Lowercase"}, {"type": "NFC"}, {"type": "Replace", "pattern": {"String": "é"}, "content": "e"}""";
        HfTokenizer tokenizer = TinyTokenizer.Create(Words, Sequence(rules, 40), "null", decoder: "null");
        Assert.HasCount(1, tokenizer.Encode(new string('é', 200_000)));
    }

    [TestMethod]
    public void Decode_RulesThatMultiply_AreRefusedInLittleMemory()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(
            """{ "type": "WordLevel", "vocab": { "e": 0 }, "unk_token": "e" }""",
            decoder: $$"""{"type": "Sequence", "decoders": [{{string.Join(",", Enumerable.Repeat(Letter, 10))}}]}""");
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.ThrowsExactly<InvalidOperationException>(() => tokenizer.Decode([0, 0]));
        Assert.ThrowsExactly<InvalidOperationException>(() => tokenizer.BytesOf(0));
        Assert.IsLessThan(400_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string Sequence(string rules, int times) =>
        $$"""{"type": "Sequence", "normalizers": [{{string.Join(",", Enumerable.Repeat(rules, times))}}]}""";

    // Each letter of the decomposition is a token.
    private static string Letters()
    {
        IEnumerable<Rune> letters = "صلى الله عليه وسلم".EnumerateRunes().Distinct();
        string vocabulary = string.Join(", ", letters.Select((letter, id) => $"\"{letter}\": {id}"));
        return $$"""{ "type": "BPE", "unk_token": null, "vocab": { {{vocabulary}} }, "merges": [] }""";
    }
}
