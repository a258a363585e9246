using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf.Tokenizers;

[TestClass]
public sealed class PreTokenizersGoldenTests
{
    [TestMethod]
    [DataRow("llama-bpe", "llama3_1")]
    [DataRow("qwen2", "qwen3")]
    [DataRow("tekken", "mistral_nemo")]
    [DataRow("smollm", "smollm2-digits")]
    public void Find_PublishedTokenizer_GivesItsPreTokenizer(string name, string reference)
    {
        JsonObject expected = GgufTokenizerGoldenTests.Reference(reference);

        PreTokenizer actual = PreTokenizers.Find(name)!;

        Assert.AreEqual(Essence(expected["pre_tokenizer"]!), Essence(actual.ToJson()));
        Assert.AreEqual((bool)expected["model"]!["ignore_merges"]!, actual.IgnoresMerges);
        Assert.AreEqual(expected["normalizer"] is not null, actual.Normalizes);
    }

    [TestMethod]
    [DataRow("deepseek-v3", "tiny-multi-split")]
    [DataRow("gpt-4o", "tiny-o200k-style")]
    public void Find_SameStyle_GivesItsPreTokenizer(string name, string reference)
    {
        string path = GoldenData.Path("text", "tokenizers", reference, "tokenizer.json");
        JsonNode expected = JsonNode.Parse(File.ReadAllText(path))!;

        Assert.AreEqual(Essence(expected["pre_tokenizer"]!), Essence(PreTokenizers.Find(name)!.ToJson()));
    }

    // Everything but trim_offsets, which tokens and text do not depend on.
    private static string Essence(JsonNode preTokenizer)
    {
        JsonNode copy = preTokenizer.DeepClone();
        foreach (JsonNode? step in copy["pretokenizers"]?.AsArray() ?? [])
        {
            step!.AsObject().Remove("trim_offsets");
        }

        return copy.ToJsonString();
    }
}
