using System.Text.Json.Nodes;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>The graph without the inputs of adapters against its naive twin: the one with them, none bound.</summary>
[TestClass]
public sealed class BaseGraphTests
{
    [TestMethod]
    [DataRow("granite")]
    [DataRow("llama3")]
    [DataRow("qwen2")]
    [DataRow("qwen3")]
    [DataRow("phi3")]
    [DataRow("gemma2")]
    [DataRow("gemma3_text")]
    [DataRow("olmo2")]
    [DataRow("smollm3")]
    [DataRow("stablelm")]
    [DataRow("mistral_sliding")]
    public Task Forward_WithoutAdapterInputs_GivesTheSameBits(string checkpoint) =>
        CompareAsync(GoldenData.Path("models", checkpoint), ExportPrecision.Float32);

    [TestMethod]
    [DataRow(ExportPrecision.Int4)]
    [DataRow(ExportPrecision.Int8)]
    public Task Forward_QuantizedWithoutAdapterInputs_GivesTheSameBits(ExportPrecision precision) =>
        CompareAsync(Path.Combine(RepositoryFolder.Root, "onnx-models", "demo-checkpoint"), precision);

    private static async Task CompareAsync(string checkpoint, ExportPrecision precision)
    {
        using TemporaryFolder folder = new();
        string fast = folder["fast"];
        string naive = folder["naive"];
        await Exporter.ExportAsync(checkpoint, fast, new ExportOptions { Precision = precision });
        CopyWithoutBaseGraph(fast, naive);
        using AloraModel without = await AloraModel.OpenAsync(fast);
        using AloraModel with = await AloraModel.OpenAsync(naive);
        using Conversation x = with.CreateConversation();
        using Conversation y = without.CreateConversation();
        Random random = new(1);
        foreach (int count in (int[])[80, 1, 5, 1])
        {
            int[] tokens = [.. Enumerable.Range(0, count).Select(_ => random.Next(without.Manifest.VocabularySize))];
            ForwardOptions everywhere = new() { LogitsPositions = [.. Enumerable.Range(0, count)] };
            Logits expected = await x.ForwardAsync(tokens, everywhere);
            Logits got = await y.ForwardAsync(tokens, everywhere);
            for (int row = 0; row < count; row++)
            {
                Prompts.AssertSame(expected[row], got[row], $"{count} tokens, row {row}");
            }
        }
    }

    private static void CopyWithoutBaseGraph(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        string path = Path.Combine(target, "alora_config.json");
        JsonObject manifest = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        Assert.IsTrue(manifest["graphs"]!.AsObject().Remove("base"));
        File.WriteAllText(path, manifest.ToJsonString());
    }
}
