namespace ALoRA.Onnx.Text.Tests.Tokenization.Loading;

/// <summary>Tokens that only the files beside tokenizer.json declare. The tiny tokenizer has the ids 0 to 8.</summary>
[TestClass]
public sealed class TokenizerFolderTests
{
    private const string Flags =
        "\"lstrip\": false, \"normalized\": false, \"rstrip\": false, \"single_word\": false";

    [TestMethod]
    [DataRow("""{"added_tokens_decoder": {"9": {"content": "<end>", FLAGS, "special": true}}}""", "a<end>b", "0 9 1",
        DisplayName = "01-one-special-token")]
    [DataRow("""
        {"added_tokens_decoder": {"9": {"content": "<eot>", FLAGS, "special": true}, "10": {"content": "<sep>", FLAGS, "special": false}}}
        """, "a<sep>b<eot>", "0 10 1 9", DisplayName = "02-special-and-plain")]
    [DataRow("""
        {"added_tokens_decoder": {"11": {"content": "<c>", FLAGS}, "9": {"content": "<a>", FLAGS}, "10": {"content": "<b>", FLAGS}}}
        """, "<c><a><b>", "11 9 10", DisplayName = "03-keys-out-of-order")]
    [DataRow("""{"added_tokens_decoder": {"70": {"content": "<y>"}, "50": {"content": "<x>"}}}""", "<y><x>", "10 9",
        DisplayName = "ids with gaps: the next free ones are taken, in their order")]
    [DataRow("""{"added_tokens_decoder": {"9": {"content": "abc", FLAGS}}}""", "abcabc", "5 5", DisplayName = "a token of the model's own")]
    [DataRow("""{"eos_token": "<e>", "bos_token": {"content": "<b>", FLAGS}}""", "<b><e>", "9 10", DisplayName = "named tokens, bos first")]
    [DataRow("""{"pad_token": null, "extra_special_tokens": ["<x>"], "additional_special_tokens": ["<y>"]}""", "<x>", "9",
        DisplayName = "extra tokens stand above the older list")]
    [DataRow("""{"additional_special_tokens": ["<x>", {"content": "<y>"}]}""", "<y><x>", "10 9", DisplayName = "the older list")]
    public void Load_ConfigDeclaresTokens_AddsThem(string config, string text, string ids)
    {
        using TemporaryFolder folder = new();
        Write(folder, config);
        Assert.AreEqual(ids, string.Join(' ', HfTokenizer.Load(folder.Path).Encode(text)));
    }

    [TestMethod]
    public void Load_AddedTokensJson_AddsThemByTheirIds()
    {
        using TemporaryFolder folder = new();
        Write(folder, """{"eos_token": "<e>"}""");
        File.WriteAllText(folder["added_tokens.json"], """{"<z>": 11, "<e>": 9, "<y>": 10}""");
        HfTokenizer tokenizer = HfTokenizer.Load(folder.Path);
        Assert.AreEqual("11 9 10", string.Join(' ', tokenizer.Encode("<z><e><y>")));
        Assert.IsTrue(tokenizer.IsSpecial(9));
        Assert.IsFalse(tokenizer.IsSpecial(10));
    }

    [TestMethod]
    public void Load_SpecialTokensMap_StandsAboveTheConfig()
    {
        using TemporaryFolder folder = new();
        Write(folder, """{"eos_token": "<old>"}""");
        File.WriteAllText(
            folder["special_tokens_map.json"], """{"eos_token": "<new>", "pad_token": {"content": "<p>", "normalized": false}}""");
        HfTokenizer tokenizer = HfTokenizer.Load(folder.Path);
        Assert.IsNull(tokenizer.IdOf("<old>"));
        Assert.AreEqual(9, tokenizer.IdOf("<new>"));
        Assert.AreEqual(10, tokenizer.IdOf("<p>"));
        Assert.IsTrue(tokenizer.IsSpecial(10));
    }

    [TestMethod]
    public void Load_DecoderInConfig_LeavesTheOlderFilesOut()
    {
        using TemporaryFolder folder = new();
        Write(folder, """{"added_tokens_decoder": {"9": {"content": "<x>"}}}""");
        File.WriteAllText(folder["special_tokens_map.json"], """{"eos_token": "<e>"}""");
        File.WriteAllText(folder["added_tokens.json"], """{"<y>": 10}""");
        HfTokenizer tokenizer = HfTokenizer.Load(folder.Path);
        Assert.AreEqual(9, tokenizer.IdOf("<x>"));
        Assert.IsNull(tokenizer.IdOf("<e>"));
        Assert.IsNull(tokenizer.IdOf("<y>"));
    }

    [TestMethod]
    public void Load_TokenThatTokenizerJsonHasWithOtherFlags_TakesThoseOfTheConfig()
    {
        using TemporaryFolder folder = new();
        Write(folder, """{"added_tokens_decoder": {"9": {"content": "<s>", "lstrip": true, "normalized": false}}, "bos_token": "<s>"}""",
            TinyTokenizer.AddedToken(9, "<s>", "special"));
        HfTokenizer tokenizer = HfTokenizer.Load(folder.Path);
        Assert.AreEqual("0 9", string.Join(' ', tokenizer.Encode("a <s>")), "the space is swallowed");
        Assert.IsTrue(tokenizer.IsSpecial(9));
        Assert.AreEqual("0 3 9", string.Join(' ', HfTokenizer.Load(folder["tokenizer.json"]).Encode("a <s>")), "the file alone");
    }

    [TestMethod]
    public void Load_TokenOfTheModelBeyondItsCount_NumbersBehindIt()
    {
        using TemporaryFolder folder = new();
        const string Model = """{ "type": "BPE", "unk_token": null, "vocab": { "a": 0, "<far>": 7 }, "merges": [] }""";
        File.WriteAllText(folder["tokenizer.json"], TinyTokenizer.Json(Model, preTokenizer: "null", decoder: "null"));
        File.WriteAllText(folder["tokenizer_config.json"], """{"bos_token": "<far>", "eos_token": "<new>"}""");
        Assert.AreEqual("7 8", string.Join(' ', HfTokenizer.Load(folder.Path).Encode("<far><new>")));
    }

    [TestMethod]
    [DataRow("tokenizer_config.json", """{"added_tokens_decoder": {"x": {"content": "<x>"}}}""", "'x', expected a token's id")]
    [DataRow("tokenizer_config.json", """{"added_tokens_decoder": {"-1": {"content": "<x>"}}}""", "'-1', expected a token's id")]
    [DataRow("tokenizer_config.json", """{"added_tokens_decoder": {"9": "<x>"}}""", "expected an object with the text 'content'")]
    [DataRow("tokenizer_config.json", """{"added_tokens_decoder": [1]}""", "added_tokens_decoder holds a JSON Array")]
    [DataRow("tokenizer_config.json", """{"added_tokens_decoder": {"9": {"content": "x", "lstrip": 5}}}""", "expected true or false")]
    [DataRow("special_tokens_map.json", """{"bos_token": 5}""", "bos_token is neither a text nor an object")]
    [DataRow("special_tokens_map.json", "[]", "expected an object")]
    [DataRow("added_tokens.json", """{"<x>": "9"}""", "expected a whole number")]
    [DataRow("added_tokens.json", """{"<x>": 99999999999999999999}""", "expected a whole number")]
    [DataRow("added_tokens.json", "{", "not valid JSON")]
    public void Load_MalformedFile_NamesFileAndReason(string file, string content, string reason)
    {
        using TemporaryFolder folder = new();
        Write(folder, "{}");
        File.WriteAllText(folder[file], content);
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => HfTokenizer.Load(folder.Path));
        StringAssert.StartsWith(exception.Message, folder[file]);
        StringAssert.Contains(exception.Message, reason);
    }

    [TestMethod]
    public void Load_AddedTokensJsonWithANumberOfFiveThousandDigits_IsRefused()
    {
        using TemporaryFolder folder = new();
        Write(folder, "{}");
        File.WriteAllText(folder["added_tokens.json"], $$"""{"<x>": {{new string('9', 5000)}}}""");
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => HfTokenizer.Load(folder.Path));
        Assert.IsTrue(exception.Message.Length < 500);
    }

    private static void Write(TemporaryFolder folder, string config, string addedTokens = "")
    {
        File.WriteAllText(folder["tokenizer.json"], TinyTokenizer.Json(addedTokens: $"[{addedTokens}]"));
        File.WriteAllText(folder["tokenizer_config.json"], config.Replace("FLAGS", Flags, StringComparison.Ordinal));
    }
}
