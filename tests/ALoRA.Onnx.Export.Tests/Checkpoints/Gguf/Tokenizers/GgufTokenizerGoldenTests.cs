using System.IO.Compression;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf.Tokenizers;

[TestClass]
public sealed class GgufTokenizerGoldenTests
{
    [TestMethod]
    public void Open_SmolLM2_MakesTheReferenceTokenizer()
    {
        using Checkpoint checkpoint = CheckpointReader.Open(GoldenData.Path("models", "smollm2-135m-instruct"));
        JsonObject actual = JsonNode.Parse(checkpoint.CompanionFiles["tokenizer.json"].Span)!.AsObject();
        JsonObject expected = Reference("smollm2-digits");

        foreach (string key in (string[])["added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder"])
        {
            JsonAssert.AreEqual(expected[key], actual[key], key);
        }

        foreach (string key in (string[])["type", "vocab", "merges", "unk_token", "fuse_unk", "byte_fallback", "ignore_merges"])
        {
            JsonAssert.AreEqual(expected["model"]![key], actual["model"]![key], key);
        }
    }

    [TestMethod]
    public void Open_SmolLM2_MakesTheOtherFiles()
    {
        using Checkpoint checkpoint = CheckpointReader.Open(GoldenData.Path("models", "smollm2-135m-instruct"));

        JsonNode tokenizerConfig = JsonNode.Parse(checkpoint.CompanionFiles["tokenizer_config.json"].Span)!;
        JsonNode generationConfig = JsonNode.Parse(checkpoint.CompanionFiles["generation_config.json"].Span)!;
        Assert.AreEqual("<|im_start|>", (string?)tokenizerConfig["bos_token"]);
        Assert.AreEqual("<|im_end|>", (string?)tokenizerConfig["eos_token"]);
        Assert.AreEqual(2, (int?)generationConfig["eos_token_id"]);
        Assert.StartsWith(
            "{% for message in messages %}", System.Text.Encoding.UTF8.GetString(checkpoint.CompanionFiles["chat_template.jinja"].Span));
        Assert.AreEqual("SmolLM2-135M-Instruct.Q4_1", checkpoint.Name);
        Assert.AreEqual(64, (int?)checkpoint.Config["head_dim"]);
    }

    internal static JsonObject Reference(string name)
    {
        string path = GoldenData.Path("text", "tokenizers", name, "tokenizer.json.gz");
        using GZipStream stream = new(File.OpenRead(path), CompressionMode.Decompress);
        return JsonNode.Parse(stream)!.AsObject();
    }
}
