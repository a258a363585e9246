using System.Text;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints.Gguf;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf.Tokenizers;

[TestClass]
public sealed class GgufCompanionFilesTests
{
    private static readonly Dictionary<string, ReadOnlyMemory<byte>> None = [];

    [TestMethod]
    public void Make_ByteLevelModel_WritesVocabularyMergesAndRoles()
    {
        JsonNode tokenizer = Tokenizer(ByteLevel());

        Assert.AreEqual("BPE", (string?)tokenizer["model"]!["type"]);
        Assert.AreEqual(4, (int?)tokenizer["model"]!["vocab"]!["Ġab"]);
        JsonAssert.AreEqual(JsonNode.Parse("[[\"a\",\"b\"],[\"Ġ\",\"ab\"]]"), tokenizer["model"]!["merges"], "merges");
        CollectionAssert.AreEqual(
            new[] { "<s>", "</s>", "<tool>" }, tokenizer["added_tokens"]!.AsArray().Select(token => (string)token!["content"]!).ToArray());
        CollectionAssert.AreEqual(
            new[] { true, true, false }, tokenizer["added_tokens"]!.AsArray().Select(token => (bool)token!["special"]!).ToArray());
    }

    [TestMethod]
    [DataRow("llama-bpe", null, true)]
    [DataRow("llama-bpe", false, false)]
    [DataRow("smollm", null, false)]
    [DataRow("smollm", true, true)]
    public void Make_BeginToken_FollowsTheFlagAndTheModel(string pre, bool? flag, bool expected)
    {
        Dictionary<string, object> values = ByteLevel();
        values["tokenizer.ggml.pre"] = pre;
        if (flag is { } stated)
        {
            values["tokenizer.ggml.add_bos_token"] = stated;
        }

        Assert.AreEqual(expected, Tokenizer(values)["post_processor"]!["single"]![0]!["SpecialToken"] is not null);
    }

    [TestMethod]
    public void Make_SentencePieceModel_RebuildsMergesAndFallsBackToBytes()
    {
        JsonNode tokenizer = Tokenizer(SentencePiece());

        JsonAssert.AreEqual(JsonNode.Parse("[[\"▁\",\"a\"],[\"▁a\",\"b\"]]"), tokenizer["model"]!["merges"], "merges");
        Assert.IsTrue((bool)tokenizer["model"]!["byte_fallback"]!);
        Assert.AreEqual("<unk>", (string?)tokenizer["model"]!["unk_token"]);
        Assert.AreEqual("Prepend", (string?)tokenizer["normalizer"]!["normalizers"]![0]!["type"]);
        Assert.IsNotNull(tokenizer["post_processor"]!["single"]![0]!["SpecialToken"]);
    }

    [TestMethod]
    public void Make_SentencePieceModelWithoutPrefix_OnlyReplacesSpaces()
    {
        Dictionary<string, object> values = SentencePiece();
        values["tokenizer.ggml.add_space_prefix"] = false;

        JsonNode tokenizer = Tokenizer(values);

        Assert.AreEqual("Replace", (string?)tokenizer["normalizer"]!["type"]);
        Assert.HasCount(3, tokenizer["decoder"]!["decoders"]!.AsArray());
    }

    [TestMethod]
    public void Make_HuggingFaceTokenizerInTheMetadata_IsTaken()
    {
        Dictionary<string, object> values = ByteLevel();
        values["tokenizer.huggingface.json"] = "{\"a\":1}";

        Assert.AreEqual(1, (int?)Tokenizer(values)["a"]);
    }

    [TestMethod]
    public void Make_FileBesideTheModel_StandsAboveTheMetadata()
    {
        Dictionary<string, object> values = ByteLevel();
        values["tokenizer.ggml.pre"] = "not known";
        Dictionary<string, ReadOnlyMemory<byte>> given = new() { ["tokenizer.json"] = "{}"u8.ToArray() };

        Assert.AreEqual("{}", Encoding.UTF8.GetString(Make(values, given)["tokenizer.json"].Span));
    }

    [TestMethod]
    public void Make_GenerationSettings_NameEveryTokenThatEndsAnAnswer()
    {
        Dictionary<string, object> values = ByteLevel();
        values["tokenizer.ggml.eot_token_id"] = 3u;
        values["general.sampling.temp"] = 0.6f;
        values["general.sampling.top_k"] = 20;

        JsonNode generation = JsonNode.Parse(Make(values, None)["generation_config.json"].Span)!;

        JsonAssert.AreEqual(JsonNode.Parse("[1,3]"), generation["eos_token_id"], "eos_token_id");
        JsonAssert.AreEqual(JsonNode.Parse("0.6"), generation["temperature"], "temperature");
        Assert.AreEqual(20, (int?)generation["top_k"]);
        Assert.IsTrue((bool)generation["do_sample"]!);
    }

    [TestMethod]
    [DataRow("tokenizer.ggml.model", "bert", "expected gpt2, llama or gemma4")]
    [DataRow("tokenizer.ggml.model", 1, "expected a text")]
    [DataRow("tokenizer.ggml.pre", "not known", "smollm")]
    [DataRow("tokenizer.ggml.merges", null, "is missing")]
    [DataRow("tokenizer.ggml.merges", new[] { "ab" }, "two tokens with a space between")]
    [DataRow("tokenizer.ggml.tokens", null, "is missing")]
    [DataRow("tokenizer.ggml.tokens", new[] { "a", "a" }, "entries for 2 tokens")]
    [DataRow("tokenizer.ggml.eos_token_id", 1f, "expected a whole number")]
    [DataRow("tokenizer.ggml.eos_token_id", "1", "expected a whole number")]
    [DataRow("tokenizer.ggml.add_bos_token", 1u, "expected a bool")]
    public void Make_UnusableMetadata_NamesTheKey(string key, object? value, string expected)
    {
        Dictionary<string, object> values = ByteLevel();
        values.Remove(key);
        if (value is not null)
        {
            values[key] = value;
        }

        string message = Assert.ThrowsExactly<CheckpointFormatException>(() => Make(values, None)).Message;

        Assert.Contains(expected, message);
        Assert.Contains("model.gguf", message);
    }

    [TestMethod]
    [DataRow("padding", uint.MaxValue, null, DisplayName = "14-padding-id-minus-one")]
    [DataRow("padding", -1, null)]
    [DataRow("padding", ulong.MaxValue, null)]
    [DataRow("padding", 8u, null)]
    [DataRow("padding", 7u, 7)]
    [DataRow("bos", 8, 1)]
    [DataRow("bos", 0, 0)]
    [DataRow("bos", null, 1)]
    [DataRow("eos", -1L, 2)]
    [DataRow("unknown", byte.MaxValue, 0)]
    [DataRow("eot", -1, null)]
    public void Vocabulary_IdOutOfTheVocabulary_IsThatOfLlamaCpp(string role, object? id, int? expected)
    {
        (GgufVocabulary vocabulary, bool warns) = WithId(SentencePiece(), role, id);

        int? actual = role switch
        {
            "padding" => vocabulary.PaddingId,
            "bos" => vocabulary.BeginId,
            "eos" => vocabulary.EndId,
            "eot" => vocabulary.EndOfTurnIds.Count == 0 ? null : vocabulary.EndOfTurnIds[0],
            _ => vocabulary.UnknownId,
        };
        Assert.AreEqual(expected, actual);
        Assert.AreEqual(id is not (null or 0 or 7u), warns);
    }

    [TestMethod]
    [DataRow("bos")]
    [DataRow("eos")]
    [DataRow("unknown")]
    [DataRow("padding")]
    public void Vocabulary_IdOutOfAByteLevelVocabulary_IsNone(string role)
    {
        (GgufVocabulary vocabulary, bool warns) = WithId(ByteLevel(), role, uint.MaxValue);

        Assert.IsNull(role switch
        {
            "bos" => vocabulary.BeginId,
            "eos" => vocabulary.EndId,
            "unknown" => vocabulary.UnknownId,
            _ => vocabulary.PaddingId,
        });
        Assert.IsTrue(warns);
    }

    [TestMethod]
    public void Make_WithoutARuleForWords_TakesTheDefaultAndSaysSo()
    {
        Dictionary<string, object> values = ByteLevel();
        values.Remove("tokenizer.ggml.pre");

        JsonNode tokenizer = JsonNode.Parse(
            Make(new GgufMetadata("model.gguf", values), None, out GgufVocabulary vocabulary)["tokenizer.json"].Span)!;

        JsonAssert.AreEqual(PreTokenizers.Find("default")!.ToJson(), tokenizer["pre_tokenizer"], "pre_tokenizer");
        Assert.Contains("'tokenizer.ggml.pre' is missing", vocabulary.Warnings.Single());
    }

    [TestMethod]
    public void Make_SameTokenTwice_IsRefused()
    {
        Dictionary<string, object> values = ByteLevel();
        values["tokenizer.ggml.tokens"] = new[] { "<s>", "</s>", "a", "b", "a", "<tool>" };

        Assert.Contains("'a' as 2 and as 4", Assert.ThrowsExactly<CheckpointFormatException>(() => Make(values, None)).Message);
    }

    private static (GgufVocabulary Vocabulary, bool Warns) WithId(Dictionary<string, object> values, string role, object? id)
    {
        string key = $"tokenizer.ggml.{role}_token_id";
        values.Remove(key);
        if (id is not null)
        {
            values[key] = id;
        }

        GgufVocabulary vocabulary = new(new GgufMetadata("model.gguf", values));
        return (vocabulary, vocabulary.Warnings.Any(warning => warning.Contains(key, StringComparison.Ordinal)));
    }

    private static JsonNode Tokenizer(Dictionary<string, object> values) => JsonNode.Parse(Make(values, None)["tokenizer.json"].Span)!;

    private static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Make(
        Dictionary<string, object> values, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> given) =>
        Make(new GgufMetadata("model.gguf", values), given, out _);

    private static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Make(
        GgufMetadata metadata, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> given, out GgufVocabulary vocabulary)
    {
        vocabulary = new GgufVocabulary(metadata);
        return GgufCompanionFiles.Make(metadata, vocabulary, given);
    }

    private static Dictionary<string, object> ByteLevel() => new()
    {
        ["tokenizer.ggml.model"] = "gpt2",
        ["tokenizer.ggml.pre"] = "smollm",
        ["tokenizer.ggml.tokens"] = new[] { "<s>", "</s>", "a", "b", "Ġab", "<tool>" },
        ["tokenizer.ggml.token_type"] = new[] { 3, 3, 1, 1, 1, 4 },
        ["tokenizer.ggml.merges"] = new[] { "a b", "Ġ ab" },
        ["tokenizer.ggml.bos_token_id"] = 0u,
        ["tokenizer.ggml.eos_token_id"] = 1u,
    };

    private static Dictionary<string, object> SentencePiece() => new()
    {
        ["tokenizer.ggml.model"] = "llama",
        ["tokenizer.ggml.tokens"] = new[] { "<unk>", "<s>", "<0x00>", "▁", "a", "b", "▁ab", "▁a" },
        ["tokenizer.ggml.scores"] = new[] { 0f, 0f, 0f, -5f, -6f, -7f, -2f, -1f },
        ["tokenizer.ggml.token_type"] = new[] { 2, 3, 6, 1, 1, 1, 1, 1 },
        ["tokenizer.ggml.bos_token_id"] = 1u,
    };
}
