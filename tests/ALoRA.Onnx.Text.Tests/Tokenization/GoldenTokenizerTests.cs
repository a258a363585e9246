using System.Text.Json;

namespace ALoRA.Onnx.Text.Tests.Tokenization;

[TestClass]
public sealed class GoldenTokenizerTests
{
    [TestMethod]
    [DataRow("demo-small")]
    [DataRow("gemma3")]
    [DataRow("llama2")]
    [DataRow("llama3_1")]
    [DataRow("mistral_nemo")]
    [DataRow("qwen3")]
    [DataRow("smollm2")]
    [DataRow("smollm2-digits")]
    [DataRow("tiny-added-tokens")]
    [DataRow("tiny-bpe-affixes")]
    [DataRow("tiny-metaspace-bytes")]
    [DataRow("tiny-multi-split")]
    [DataRow("tiny-o200k-style")]
    [DataRow("tiny-prefix-space")]
    [DataRow("tiny-unigram")]
    [DataRow("tiny-unigram-bytes")]
    [DataRow("tiny-wordlevel")]
    [DataRow("tiny-wordpiece")]
    public void Cases_OfTokenizer_AllEqual(string name)
    {
        HfTokenizer tokenizer = HfTokenizer.Load(GoldenData.Path("text", "tokenizers", name));
        GoldenCases cases = new(name);
        foreach (JsonElement item in GoldenCases.Read(name, "cases.json"))
        {
            CheckEncoding(tokenizer, item, cases);
            CheckDecoding(tokenizer, item, cases);
        }

        cases.AssertAll();
    }

    private static void CheckEncoding(HfTokenizer tokenizer, JsonElement item, GoldenCases cases)
    {
        string text = item.GetProperty("text").GetString()!;
        TokenEncoding encoding = tokenizer.EncodeWithOffsets(text);
        cases.Check("ids", text, GoldenCases.Ids(item.GetProperty("ids")), GoldenCases.Ids(tokenizer.Encode(text)));
        cases.Check("ids with offsets", text, GoldenCases.Ids(item.GetProperty("ids")), GoldenCases.Ids(encoding.Ids));
        cases.Check("tokens", text, Texts(item.GetProperty("tokens")), string.Join(' ', encoding.Tokens.Select(GoldenCases.Quote)));
        cases.Check(
            "ids_special", text, GoldenCases.Ids(item.GetProperty("ids_special")),
            GoldenCases.Ids(tokenizer.Encode(text, addSpecialTokens: true)));
        if (item.TryGetProperty("ids_specials_as_text", out JsonElement asText))
        {
            cases.Check(
                "ids_specials_as_text", text, GoldenCases.Ids(asText), GoldenCases.Ids(tokenizer.Encode(text, specialTokensAsText: true)));
        }

        if (item.TryGetProperty("offsets", out JsonElement offsets))
        {
            string expected = string.Join(' ', offsets.EnumerateArray().Select(pair => $"{pair[0]}-{pair[1]}"));
            cases.Check("offsets", text, expected, string.Join(' ', encoding.Offsets.Select(pair => $"{pair.Start}-{pair.End}")));
        }
    }

    private static void CheckDecoding(HfTokenizer tokenizer, JsonElement item, GoldenCases cases)
    {
        string text = item.GetProperty("text").GetString()!;
        int[] ids = [.. item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
        int[] idsSpecial = [.. item.GetProperty("ids_special").EnumerateArray().Select(id => id.GetInt32())];
        cases.Check("decoded", text, GoldenCases.Quote(item.GetProperty("decoded").GetString()), GoldenCases.Quote(tokenizer.Decode(ids)));
        string skipped = tokenizer.Decode(idsSpecial, skipSpecialTokens: true);
        cases.Check("decoded_skip", text, GoldenCases.Quote(item.GetProperty("decoded_skip").GetString()), GoldenCases.Quote(skipped));
        if (item.TryGetProperty("stream", out JsonElement stream))
        {
            StreamingDecoder decoder = tokenizer.CreateStreamingDecoder();
            cases.Check("stream", text, Texts(stream), string.Join(' ', ids.Select(decoder.Append).Select(GoldenCases.Quote)));
        }
    }

    private static string Texts(JsonElement list) =>
        string.Join(' ', list.EnumerateArray().Select(item => GoldenCases.Quote(item.GetString())));
}
