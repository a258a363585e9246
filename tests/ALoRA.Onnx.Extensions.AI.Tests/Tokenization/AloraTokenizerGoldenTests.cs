using System.Buffers;
using System.Text.Json;
using ALoRA.Onnx.Text.Tests.Tokenization;
using Microsoft.ML.Tokenizers;

namespace ALoRA.Onnx.Extensions.AI.Tests.Tokenization;

/// <summary>What the reference gives for every vocabulary, through the base class's methods.</summary>
[TestClass]
public sealed class AloraTokenizerGoldenTests
{
    // Where every count or every length is tried, the work grows with the square of the text.
    private const int LongestForAll = 60;

    public static IEnumerable<string> Names =>
    [
        "demo-small", "gemma3", "llama2", "llama3_1", "mistral_nemo", "qwen3", "smollm2", "smollm2-digits", "tiny-added-tokens",
        "tiny-bpe-affixes", "tiny-metaspace-bytes", "tiny-multi-split", "tiny-o200k-style", "tiny-prefix-space", "tiny-unigram",
        "tiny-unigram-bytes", "tiny-wordlevel", "tiny-wordpiece",
    ];

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Cases_OfVocabulary_AllEqual(string name)
    {
        HfTokenizer source = HfTokenizer.Load(GoldenData.Path("text", "tokenizers", name));
        (Tokenizer plain, Tokenizer special) = (source.AsTokenizer(), source.AsTokenizer(addSpecialTokens: true));
        Tokenizer asText = source.AsTokenizer(specialTokensAsText: true);
        GoldenCases cases = new(name);
        foreach (JsonElement item in GoldenCases.Read(name, "cases.json"))
        {
            string text = item.GetProperty("text").GetString()!;
            JsonElement ids = item.GetProperty("ids");
            cases.Check("ids", text, GoldenCases.Ids(ids), GoldenCases.Ids(plain.EncodeToIds(text)));
            cases.Check("ids_special", text, GoldenCases.Ids(item.GetProperty("ids_special")), GoldenCases.Ids(special.EncodeToIds(text)));
            if (!source.HasNormalizer)
            {
                IEnumerable<int> unchanged = plain.EncodeToIds(text, considerNormalization: false);
                cases.Check("ids as written", text, GoldenCases.Ids(ids), GoldenCases.Ids(unchanged));
            }

            cases.Check("count", text, $"{ids.GetArrayLength()}", $"{plain.CountTokens(text)}");
            IReadOnlyList<EncodedToken> tokens = plain.EncodeToTokens(text, out string? normalized);
            Assert.IsNull(normalized);
            cases.Check("ids with offsets", text, GoldenCases.Ids(ids), GoldenCases.Ids(tokens.Select(token => token.Id)));
            string decoded = plain.Decode(ids.EnumerateArray().Select(id => id.GetInt32()));
            cases.Check("decoded", text, item.GetProperty("decoded").GetString()!, decoded);
            if (item.TryGetProperty("ids_specials_as_text", out JsonElement expected))
            {
                cases.Check("ids_specials_as_text", text, GoldenCases.Ids(expected), GoldenCases.Ids(asText.EncodeToIds(text)));
            }

            if (item.TryGetProperty("offsets", out JsonElement offsets))
            {
                cases.Check("offsets", text, Units(text, offsets), string.Join(' ', tokens.Select(token => token.Offset)));
            }
        }

        cases.AssertAll();
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Cuts_AtEveryCount_PartTheTextBetweenCharacters(string name)
    {
        Tokenizer tokenizer = HfTokenizer.Load(GoldenData.Path("text", "tokenizers", name)).AsTokenizer();
        foreach (string text in Texts(name))
        {
            IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens(text, out _);
            for (int count = 1; count <= tokens.Count; count++)
            {
                string what = $"{count} of {tokens.Count} tokens of {GoldenCases.Quote(text)}";
                int index = tokenizer.GetIndexByTokenCount(text, count, out _, out int taken);
                Assert.IsInRange(0, count, taken, what);
                Assert.IsFalse(index > 0 && index < text.Length && char.IsSurrogatePair(text[index - 1], text[index]), what);
                Assert.IsTrue(tokens.Take(taken).All(token => token.Offset.End.Value <= index), what);
                Assert.IsTrue(tokens.Skip(taken).All(token => token.Offset.Start.Value >= index), what);
                Assert.IsTrue(taken == count || IsWithinCharacter(tokens, count), what);

                IReadOnlyList<int> ids = tokenizer.EncodeToIds(text, count, out _, out int consumed);
                Assert.AreEqual(index, consumed, what);
                CollectionAssert.AreEqual(tokens.Take(taken).Select(token => token.Id).ToArray(), ids.ToArray(), what);
                if (taken < tokens.Count && taken > 0)
                {
                    Assert.AreEqual(index, tokenizer.GetIndexByTokenCountFromEnd(text, tokens.Count - taken, out _, out int rest), what);
                    Assert.AreEqual(tokens.Count - taken, rest, what);
                }
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Decode_IntoSpansOfEveryLength_WritesTheTextsBeginning(string name)
    {
        HfTokenizer source = HfTokenizer.Load(GoldenData.Path("text", "tokenizers", name));
        Tokenizer tokenizer = source.AsTokenizer();
        foreach (string text in Texts(name))
        {
            int[] ids = source.Encode(text);
            string whole = source.Decode(ids);
            int before = 0;
            for (int length = 0; length <= whole.Length; length++)
            {
                string what = $"{length} of {whole.Length} characters of {GoldenCases.Quote(whole)}";
                char[] destination = new char[length];
                OperationStatus status = tokenizer.Decode(ids, destination, out int consumed, out int written);
                Assert.AreEqual(length < whole.Length ? OperationStatus.DestinationTooSmall : OperationStatus.Done, status, what);
                Assert.AreEqual(whole[..written], new string(destination, 0, written), what);
                Assert.AreEqual(whole[..written], source.Decode(ids.AsSpan(0, consumed)), what);
                Assert.IsGreaterThanOrEqualTo(before, consumed, what);
                before = consumed;
            }

            Assert.AreEqual(ids.Length, before, GoldenCases.Quote(whole));
        }
    }

    private static IEnumerable<string> Texts(string name) =>
        GoldenCases.Read(name, "cases.json")
            .Select(item => item.GetProperty("text").GetString()!)
            .Where(text => text.Length <= LongestForAll);

    // Tokens on both sides of the place stand for one stretch of the text.
    private static bool IsWithinCharacter(IReadOnlyList<EncodedToken> tokens, int count) =>
        tokens.Take(count).Max(token => token.Offset.End.Value) > tokens.Skip(count).Min(token => token.Offset.Start.Value);

    private static string Units(string text, JsonElement offsets)
    {
        List<int> units = [];
        for (int i = 0; i < text.Length; i++)
        {
            if (i == 0 || !char.IsSurrogatePair(text[i - 1], text[i]))
            {
                units.Add(i);
            }
        }

        units.Add(text.Length);
        return string.Join(' ', offsets.EnumerateArray().Select(pair => units[pair[0].GetInt32()]..units[pair[1].GetInt32()]));
    }
}
