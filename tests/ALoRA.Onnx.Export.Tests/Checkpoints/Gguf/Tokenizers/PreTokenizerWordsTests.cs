using System.Text;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints.Gguf;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf.Tokenizers;

/// <summary>Words and ids of the rules that have no published tokenizer in the golden data, as llama.cpp cuts them.</summary>
[TestClass]
public sealed class PreTokenizerWordsTests
{
    // What llama.cpp's unicode_regex_split gives; the words are those between the bars, the text is all of them.
    [TestMethod]
    [DataRow("default", "It¦'¦s¦ ¦123¦45¦ `¦ok¦`¦ ¦ x¦$¦1¦,¦234¦\n\n¦ ab¦..¦ ")]
    [DataRow("default", "Straße¦ Привет¦,¦ 中文¦。¦한국어¦ ¦5¦𐐀¦!")]
    [DataRow("falcon", "It¦'¦s¦ ¦123¦45¦ ¦`¦ok¦`¦ ¦ x¦$¦1¦,¦234¦\n\n¦ ab¦..¦ ")]
    [DataRow("falcon", "Straße¦ Привет¦,¦ 中文¦。¦한국어¦ 5¦𐐀¦!")]
    [DataRow("deepseek-llm", "It¦'¦s¦ ¦12345¦ `¦ok¦`¦ ¦ x¦$¦1¦,¦234¦\n¦\n¦ ab¦..¦ ")]
    [DataRow("deepseek-llm", "Stra¦ß¦e¦ Привет¦,¦ ¦中文¦。¦한국어¦ ¦5¦𐐀¦!")]
    [DataRow("bloom", "It's¦ 12345¦ `ok`¦ ¦ x$1¦,¦234¦\n\n¦ ab¦.. ")]
    [DataRow("bloom", "Straße¦ Привет¦,¦ 中文¦。¦한국어¦ 5𐐀¦!")]
    [DataRow("viking", "It's¦ ¦1¦2¦3¦4¦5¦ `ok`¦ ¦ x$¦1¦,¦2¦3¦4¦\n\n¦ ab¦.. ")]
    [DataRow("viking", "Straße¦ Привет¦,¦ 中文¦。¦한국어¦ ¦5¦𐐀¦!")]
    [DataRow("glm4", "It¦'s¦ ¦123¦45¦ `¦ok¦`¦ ¦ x¦$¦1¦,¦234¦\n\n¦ ab¦..¦ ")]
    [DataRow("glm4", "Straße¦ Привет¦,¦ 中文¦。한국어¦ ¦5¦𐐀¦!")]
    [DataRow("jais-2", "It¦'s¦ ¦123¦45¦ `¦ok¦`¦ ¦ x¦$¦1¦,¦234¦\n\n¦ ab¦..¦ ")]
    [DataRow("jais-2", "Straße¦ Привет¦,¦ 中文¦。한국어¦ ¦5¦𐐀¦!")]
    [DataRow("minicpm5", "It¦'s¦ ¦123¦45¦ `¦ok¦`¦ ¦ x¦$¦1¦,¦234¦\n\n¦ ab¦..¦ ")]
    [DataRow("minicpm5", "Straße¦ Привет¦,¦ 中文¦。한국어¦ ¦5¦𐐀¦!")]
    [DataRow("bailingmoe", "It¦'s¦ ¦1¦2¦3¦4¦5¦ `¦ok¦`¦ ¦ x¦$¦1¦,¦2¦3¦4¦\n\n¦ ab¦..¦ ")]
    [DataRow("bailingmoe", "Straße¦ Привет¦,¦ 中文¦。한국어¦ ¦5¦𐐀¦!")]
    [DataRow("exaone-moe", "It¦'s¦ ¦1¦2¦3¦4¦5¦ `¦ok¦`¦ ¦ x¦$¦1¦,¦2¦3¦4¦\n\n¦ ab¦..¦ ")]
    [DataRow("exaone-moe", "Straße Привет¦,¦ 中文¦。한국어¦ ¦5¦𐐀¦!")]
    [DataRow("laguna", "It¦'s¦ ¦1¦2¦3¦4¦5¦ `¦ok¦`¦ ¦ x¦$¦1¦,¦2¦3¦4¦\n\n¦ ab¦..¦ ")]
    [DataRow("laguna", "Straße¦ Привет¦,¦ 中文¦。한국어¦ ¦5¦𐐀¦!")]
    [DataRow("tiny_aya", "It's¦ ¦12¦345¦ `¦ok¦`¦ ¦ x¦$¦1¦,¦234¦\n\n¦ ab¦..¦ ")]
    [DataRow("tiny_aya", "Straße¦ Привет¦,¦ 中文¦。한국어¦ ¦5¦𐐀¦!")]
    [DataRow("youtu", "It's¦ ¦1¦2¦3¦4¦5¦ `¦ok¦`¦ ¦ x¦$¦1¦,¦2¦3¦4¦\n\n¦ ab¦..¦ ")]
    [DataRow("youtu", "Straße¦ Привет¦,¦ ¦中文¦。¦한국어¦ ¦5¦𐐀¦!")]
    [DataRow("hunyuan-dense", "It¦'s¦ ¦123¦45¦ `¦ok¦`¦ ¦ x¦$¦1¦,¦234¦\n\n¦ ab¦..¦ ")]
    [DataRow("hunyuan-dense", "Straße¦ Привет¦,¦ ¦中文¦。¦한국어¦ ¦5¦𐐀¦!")]
    [DataRow("mellum2", "It¦'s¦ ¦1¦2¦3¦4¦5¦ `¦ok¦`¦ ¦ x¦$¦1¦,¦2¦3¦4¦\n\n¦ ab¦..¦ ")]
    [DataRow("mellum2", "Straße¦ Привет¦,¦ 中文¦。¦한국어¦ ¦5¦𐐀¦!")]
    [DataRow("grok-2", "It¦'s¦ ¦1¦2¦3¦4¦5¦ `¦ok¦`¦ ¦ x¦$¦1¦,¦2¦3¦4¦\n\n¦ ab¦..¦ ")]
    [DataRow("grok-2", "Straße¦ Привет¦,¦ 中文¦。한국어¦ ¦5¦𐐀¦!")]
    public void ToJson_Rule_CutsTheWordsOfLlamaCpp(string name, string barredWords)
    {
        string[] words = barredWords.Split('¦');
        JsonObject vocabulary = [];
        foreach (string token in words.Select(ByteLevel).Concat(words.SelectMany(word => ByteLevel(word).Select(c => c.ToString()))))
        {
            vocabulary.TryAdd(token, vocabulary.Count);
        }

        // Words that were not cut apart are tokens, too, so that they are seen.
        foreach ((string first, string second) in words.Zip(words.Skip(1)))
        {
            vocabulary.TryAdd(ByteLevel(first + second), vocabulary.Count);
        }

        JsonObject model = new()
        {
            ["type"] = "BPE",
            ["ignore_merges"] = true,
            ["vocab"] = vocabulary.DeepClone(),
            ["merges"] = new JsonArray(),
        };
        JsonObject tokenizer = new() { ["version"] = "1.0", ["pre_tokenizer"] = PreTokenizers.Find(name)!.ToJson(), ["model"] = model };

        int[] ids = Load(Encoding.UTF8.GetBytes(tokenizer.ToJsonString())).Encode(string.Concat(words));

        int[] expected = [.. words.Select(word => (int)vocabulary[ByteLevel(word)]!)];
        CollectionAssert.AreEqual(expected, ids, string.Join(' ', ids));
    }

    [TestMethod]
    [DataRow(null, "12345 ab 1", new[] { 218, 221, 223, 72, 6, 23 }, DisplayName = "07-pre-not-named, digits")]
    [DataRow(null, "$a $1", new[] { 10, 71, 6, 10, 23 }, DisplayName = "07-pre-not-named, signs")]
    [DataRow(
        null, " a\n\na  1234567", new[] { 223, 4, 4, 71, 6, 6, 218, 221, 28, 29 }, DisplayName = "07-pre-not-named, white space")]
    [DataRow("falcon", "12345 ab 1", new[] { 218, 221, 223, 72, 230 }, DisplayName = "08-pre-falcon, digits")]
    [DataRow("falcon", "ab.. ab!!", new[] { 224, 226, 223, 72, 227 }, DisplayName = "08-pre-falcon, marks")]
    public void Make_RuleOfTheFile_GivesTheIdsOfLlamaCpp(string? pre, string text, int[] expected)
    {
        Dictionary<string, object> values = new()
        {
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.tokens"] = Tokens(),
            ["tokenizer.ggml.merges"] = Merges,
        };
        if (pre is not null)
        {
            values["tokenizer.ggml.pre"] = pre;
        }

        GgufMetadata metadata = new("model.gguf", values);
        ReadOnlyMemory<byte> tokenizer = GgufCompanionFiles.Make(
            metadata, new GgufVocabulary(metadata), new Dictionary<string, ReadOnlyMemory<byte>>())["tokenizer.json"];

        CollectionAssert.AreEqual(expected, Load(tokenizer.ToArray()).Encode(text));
    }

    private static readonly string[] Merges =
    [
        "1 2", "12 3", "3 4", "34 5", "4 5", "Ċ Ċ", "Ġ a", "a b", "b .", ". .", "! !", "$ a", "$ 1", "Ġ 1", "b 1", "ĉ a", "Ġ Ġ", "` a",
        "` `", ", a", "Ġ $", "a !",
    ];

    // Three special tokens, white space, the bytes that UTF-8 uses in the order of their characters, and the results of the merges.
    private static string[] Tokens()
    {
        IEnumerable<string> first = ["<|unk|>", "<|begin|>", "<|end|>", "ĉ", "Ċ", "č", "Ġ"];
        IEnumerable<string> printable = Enumerable.Range('!', '~' - '!' + 1).Select(c => ((char)c).ToString());
        IEnumerable<string> others = Enumerable.Range(0, 116).Select(i => $"<|byte{i}|>");
        return [.. first, .. printable, .. others, .. Merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal))];
    }

    private static string ByteLevel(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(value => value switch
    {
        >= 33 and <= 126 or >= 161 and <= 172 or >= 174 => (char)value,
        <= 32 => (char)(256 + value),
        173 => (char)(256 + 67),
        _ => (char)(256 + 33 + (value - 127)),
    }));

    private static HfTokenizer Load(byte[] json)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["tokenizer.json"], json);
        return HfTokenizer.Load(folder["tokenizer.json"]);
    }
}
