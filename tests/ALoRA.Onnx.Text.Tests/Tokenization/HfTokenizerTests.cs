using System.IO.Compression;
using System.Text;

namespace ALoRA.Onnx.Text.Tests.Tokenization;

[TestClass]
public sealed class HfTokenizerTests
{
    private const string Surrounding = """
        { "type": "TemplateProcessing",
          "single": [ { "SpecialToken": { "id": "<s>", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } } ],
          "pair": [], "special_tokens": { "<s>": { "id": "<s>", "ids": [9], "tokens": ["<s>"] } } }
        """;

    [TestMethod]
    public void Encode_BytePairs_MergesByRank() =>
        CollectionAssert.AreEqual(new[] { 5, 3, 5 }, TinyTokenizer.Create().Encode("abc abc"));

    [TestMethod]
    public void Encode_CharacterOutsideAscii_BecomesItsBytes() =>
        CollectionAssert.AreEqual(new[] { 7, 8 }, TinyTokenizer.Create().Encode("é"));

    [TestMethod]
    public void Encode_ByteThatVocabularyLacks_VanishesAndItsNeighboursMerge() =>
        CollectionAssert.AreEqual(new[] { 4 }, TinyTokenizer.Create().Encode("azb"));

    [TestMethod]
    public void Encode_EmptyText_GivesSpecialTokensAlone()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(
            postProcessor: Surrounding, addedTokens: $"[{TinyTokenizer.AddedToken(9, "<s>", "special")}]");

        CollectionAssert.AreEqual(Array.Empty<int>(), tokenizer.Encode(""));
        CollectionAssert.AreEqual(new[] { 9 }, tokenizer.Encode("", addSpecialTokens: true));
    }

    [TestMethod]
    public void Encode_UnpairedSurrogate_ReadsAsReplacementCharacter()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(
            model: """{ "type": "WordLevel", "vocab": { "\uFFFD": 0, "?": 1 }, "unk_token": "?" }""", preTokenizer: "null");

        CollectionAssert.AreEqual(new[] { 0 }, tokenizer.Encode("\uD800"));
    }

    [TestMethod]
    public void Encode_SpecialTokenInText_IsFoundUnlessTreatedAsText()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(addedTokens: $"[{TinyTokenizer.AddedToken(9, "abc", "special")}]");

        CollectionAssert.AreEqual(new[] { 0, 5 }, tokenizer.Encode("aabc"));
        CollectionAssert.AreEqual(new[] { 0, 5 }, tokenizer.Encode("aabc", specialTokensAsText: true));
        HfTokenizer other = TinyTokenizer.Create(addedTokens: $"[{TinyTokenizer.AddedToken(9, "aab", "special")}]");
        CollectionAssert.AreEqual(new[] { 9, 2 }, other.Encode("aabc"));
        CollectionAssert.AreEqual(new[] { 0, 5 }, other.Encode("aabc", specialTokensAsText: true));
    }

    [TestMethod]
    public void EncodeWithOffsets_TextBeyondTheBasicPlane_CountsCodePoints()
    {
        string model = """{ "type": "WordLevel", "vocab": { "😀": 0, "a": 1, "?": 2 }, "unk_token": "?" }""";
        string split = """{ "type": "Split", "pattern": { "Regex": "." }, "behavior": "Isolated", "invert": false }""";

        TokenEncoding encoding = TinyTokenizer.Create(model: model, preTokenizer: split).EncodeWithOffsets("😀a😀");

        CollectionAssert.AreEqual(new[] { 0, 1, 0 }, encoding.Ids.ToArray());
        CollectionAssert.AreEqual(
            new[] { new TokenOffsets(0, 1), new TokenOffsets(1, 2), new TokenOffsets(2, 3) }, encoding.Offsets.ToArray());
        CollectionAssert.AreEqual(new[] { "😀", "a", "😀" }, encoding.Tokens.ToArray());
    }

    [TestMethod]
    public void Decode_UnknownId_IsPassedOver() => Assert.AreEqual("abc", TinyTokenizer.Create().Decode([5, 4711, -1]));

    [TestMethod]
    public void Decode_SkippingSpecialTokens_LeavesThemOut()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(addedTokens: $"[{TinyTokenizer.AddedToken(9, "<s>", "special")}]");

        Assert.AreEqual("<s>ab", tokenizer.Decode([9, 4]));
        Assert.AreEqual("ab", tokenizer.Decode([9, 4], skipSpecialTokens: true));
    }

    [TestMethod]
    public void StreamingDecoder_HalfACharacter_IsHeldBack()
    {
        StreamingDecoder decoder = TinyTokenizer.Create().CreateStreamingDecoder();

        Assert.AreEqual("a", decoder.Append(0));
        Assert.IsNull(decoder.Append(7));
        Assert.AreEqual("é", decoder.Append(8));
        Assert.IsNull(decoder.Append(7));
        Assert.AreEqual("\uFFFD", decoder.Flush());
        Assert.AreEqual("b", decoder.Append(1));
        Assert.AreEqual("", decoder.Flush());
    }

    [TestMethod]
    public void BytesOf_Token_AreTheBytesItAdds()
    {
        HfTokenizer byteLevel = TinyTokenizer.Create();
        CollectionAssert.AreEqual(new byte[] { 0xC3 }, byteLevel.BytesOf(7).ToArray());
        CollectionAssert.AreEqual(" ab"u8.ToArray(), byteLevel.BytesOf(6).ToArray());
        Assert.AreEqual(0, byteLevel.BytesOf(4711).Length);

        string decoders = """
            { "type": "Sequence", "decoders": [
              { "type": "Replace", "pattern": { "String": "▁" }, "content": " " }, { "type": "ByteFallback" },
              { "type": "Fuse" }, { "type": "Strip", "content": " ", "start": 1, "stop": 0 } ] }
            """;
        HfTokenizer pieces = TinyTokenizer.Create(
            model: """{ "type": "WordLevel", "vocab": { "▁a": 0, "<0xE4>": 1, "?": 2 }, "unk_token": "?" }""", decoder: decoders);
        CollectionAssert.AreEqual(" a"u8.ToArray(), pieces.BytesOf(0).ToArray());
        CollectionAssert.AreEqual(new byte[] { 0xE4 }, pieces.BytesOf(1).ToArray());
    }

    [TestMethod]
    public void TokenOfAndIdOf_KnownAndUnknown_AgreeWithVocabulary()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(
            addedTokens: $"[{TinyTokenizer.AddedToken(9, "<s>", "special")}, {TinyTokenizer.AddedToken(10, "<t>")}]");

        Assert.AreEqual(11, tokenizer.VocabularySize);
        Assert.AreEqual("abc", tokenizer.TokenOf(5));
        Assert.AreEqual("<s>", tokenizer.TokenOf(9));
        Assert.AreEqual(10, tokenizer.IdOf("<t>"));
        Assert.IsNull(tokenizer.TokenOf(11));
        Assert.IsNull(tokenizer.IdOf("zzz"));
        Assert.IsTrue(tokenizer.IsSpecial(9));
        Assert.IsFalse(tokenizer.IsSpecial(10));
        Assert.IsFalse(tokenizer.IsSpecial(5));
    }

    [TestMethod]
    [DataRow("null", false)]
    [DataRow("""{ "type": "Sequence", "normalizers": [] }""", false)]
    [DataRow("""{ "type": "Sequence", "normalizers": [{ "type": "NFC" }] }""", true)]
    [DataRow("""{ "type": "Lowercase" }""", true)]
    public void HasNormalizer_OfFile_IsWhetherOneMayChangeTheText(string normalizer, bool expected) =>
        Assert.AreEqual(expected, TinyTokenizer.Create(normalizer: normalizer).HasNormalizer);

    [TestMethod]
    public void Encode_FromManyThreads_GivesTheSameIds()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create();
        string text = string.Concat(Enumerable.Repeat("abc ab a cab é ", 40));
        int[] expected = tokenizer.Encode(text);

        Parallel.For(0, 200, _ => CollectionAssert.AreEqual(expected, tokenizer.Encode(text)));
    }

    [TestMethod]
    public void Load_FolderFileAndGzip_GiveTheSameTokenizer()
    {
        using TemporaryFolder folder = new();
        byte[] json = [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(TinyTokenizer.Json())];
        File.WriteAllBytes(folder["tokenizer.json"], json);
        Directory.CreateDirectory(folder["packed"]);
        using (GZipStream packed = new(File.Create(folder["packed", "tokenizer.json.gz"]), CompressionLevel.Fastest))
        {
            packed.Write(json);
        }

        foreach (string path in new[] { folder.Path, folder["tokenizer.json"], folder["packed"], folder["packed", "tokenizer.json.gz"] })
        {
            CollectionAssert.AreEqual(new[] { 5 }, HfTokenizer.Load(path).Encode("abc"), path);
        }
    }

    [TestMethod]
    public void Load_NothingThere_SaysWhatIsMissing()
    {
        using TemporaryFolder folder = new();

        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => HfTokenizer.Load(folder.Path));
        StringAssert.Contains(exception.Message, folder.Path);
        StringAssert.Contains(exception.Message, "tokenizer.json");
        Assert.ThrowsExactly<FileNotFoundException>(() => HfTokenizer.Load(folder["other.json"]));
        Assert.ThrowsExactly<ArgumentException>(() => HfTokenizer.Load(""));
    }

    [TestMethod]
    public void Load_BrokenGzip_IsRefused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["tokenizer.json.gz"], [0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => HfTokenizer.Load(folder.Path));
        StringAssert.Contains(exception.Message, "tokenizer.json.gz");
    }

    [TestMethod]
    public void Load_GzipThatUnpacksToTooMuch_IsRefused()
    {
        using TemporaryFolder folder = new();
        using (GZipStream packed = new(File.Create(folder["tokenizer.json.gz"]), CompressionLevel.SmallestSize))
        {
            byte[] spaces = new byte[1 << 20];
            Array.Fill(spaces, (byte)' ');
            for (int i = 0; i < 80; i++)
            {
                packed.Write(spaces);
            }
        }

        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => HfTokenizer.Load(folder.Path));
        StringAssert.Contains(exception.Message, "unpacks to more than");
    }
}
