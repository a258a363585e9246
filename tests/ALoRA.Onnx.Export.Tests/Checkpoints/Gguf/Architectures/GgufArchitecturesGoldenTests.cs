using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf.Architectures;

[TestClass]
public sealed class GgufArchitecturesGoldenTests
{
    // What says nothing about the numbers, or repeats a default.
    private static readonly string[] Ignored =
    [
        "transformers_version", "initializer_range", "attention_dropout", "pretraining_tp", "use_cache", "embd_pdrop", "resid_pdrop",
        "max_window_layers", "_sliding_window_pattern", "use_bidirectional_attention",
    ];

    [TestMethod]
    [DataRow("llama", "llama")]
    [DataRow("llama3", "llama")]
    [DataRow("granite", "granite")]
    [DataRow("qwen2", "qwen2")]
    [DataRow("qwen3", "qwen3")]
    [DataRow("phi3", "phi3")]
    [DataRow("gemma", "gemma")]
    [DataRow("gemma2", "gemma2")]
    [DataRow("gemma3_text", "gemma3")]
    [DataRow("olmo2", "olmo2")]
    [DataRow("smollm3", "smollm3")]
    public void Open_ConvertedCheckpoint_EqualsTheOneItWasMadeFrom(string model, string name)
    {
        using Checkpoint expected = CheckpointReader.Open(GoldenData.Path("models", model));
        GgufArchitecture architecture = GgufCheckpoints.Architecture(name);
        Assert.AreEqual(name is "llama" or "granite" or "smollm3", architecture.InterleavesRotaryPairs);
        Assert.AreEqual(name.StartsWith("gemma", StringComparison.Ordinal), architecture.AddsOneToNorms);
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["model.gguf"], GgufCheckpoints.Convert(expected, name).ToBytes());
        using Checkpoint actual = CheckpointReader.Open(folder["model.gguf"]);

        CollectionAssert.AreEquivalent(expected.Tensors.Keys.ToArray(), actual.Tensors.Keys.ToArray());
        foreach ((string tensor, CheckpointTensor want) in expected.Tensors)
        {
            AssertClose(TensorBytes.ReadFloats(want), TensorBytes.ReadFloats(actual.Tensors[tensor]), tensor);
        }

        foreach (string key in expected.Config.Select(entry => entry.Key).Except(Ignored).Where(key => !IsSpecial(model, key)))
        {
            JsonAssert.AreClose(expected.Config[key], actual.Config[key], 1e-6, key);
        }
    }

    // Says what a GGUF file cannot: the reference has its own layers without rotary embedding, the format has a fixed rule.
    private static bool IsSpecial(string model, string key) =>
        (model == "smollm3" && key is "no_rope_layers" or "layer_types")
        || (model is "qwen2" or "qwen3" && key == "layer_types")
        || (model == "phi3" && key == "rope_parameters");

    private static void AssertClose(float[] expected, float[] actual, string name)
    {
        Assert.AreEqual(expected.Length, actual.Length, name);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], 2e-7f, name);
        }
    }
}
