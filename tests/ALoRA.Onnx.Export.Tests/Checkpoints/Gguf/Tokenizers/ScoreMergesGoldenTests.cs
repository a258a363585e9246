using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints.Gguf;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf.Tokenizers;

[TestClass]
public sealed class ScoreMergesGoldenTests
{
    [TestMethod]
    public void Build_Llama2_GivesTheMergesOfThePublishedTokenizer()
    {
        JsonObject reference = GgufTokenizerGoldenTests.Reference("llama2");
        string[] tokens = Tokens(reference);

        // In the published model the score falls with the id, but runs of spaces come last.
        GgufMetadata metadata = Metadata(tokens, (token, id) => token.Length > 1 && token.All(character => character == '▁') ? -1e9f : -id);
        List<string> actual = [.. ScoreMerges.Build(metadata, new GgufVocabulary(metadata), longestFirst: false)
            .Select(merge => $"{merge.Left} {merge.Right}")];

        CollectionAssert.AreEqual(reference["model"]!["merges"]!.AsArray().Select(merge => (string)merge!).ToList(), actual);
    }

    [TestMethod]
    public void Build_Gemma3_GivesTheMergesOfThePublishedTokenizer()
    {
        JsonObject reference = GgufTokenizerGoldenTests.Reference("gemma3");
        string[] tokens = Tokens(reference);
        GgufMetadata metadata = Metadata(tokens, (_, id) => -id);
        HashSet<(string, string)> actual = [.. ScoreMerges.Build(metadata, new GgufVocabulary(metadata), longestFirst: true)];
        HashSet<(string, string)> expected =
            [.. reference["model"]!["merges"]!.AsArray().Select(merge => ((string)merge![0]!, (string)merge[1]!))];

        Assert.IsTrue(expected.SetEquals(actual));
    }

    private static string[] Tokens(JsonObject reference)
    {
        JsonObject vocabulary = reference["model"]!["vocab"]!.AsObject();
        string[] tokens = new string[vocabulary.Count];
        foreach ((string token, JsonNode? id) in vocabulary)
        {
            tokens[(int)id!] = token;
        }

        return tokens;
    }

    private static GgufMetadata Metadata(string[] tokens, Func<string, int, float> score) => new("", new Dictionary<string, object>
    {
        ["tokenizer.ggml.tokens"] = tokens,
        ["tokenizer.ggml.scores"] = tokens.Select(score).ToArray(),
    });
}
