using ALoRA.Onnx.Export.Checkpoints;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

[TestClass]
public sealed class GgufCheckpointGoldenTests
{
    [TestMethod]
    public void Open_LlamaInFloat32_EqualsTheHuggingFaceCheckpointItWasMadeFrom()
    {
        using Checkpoint expected = CheckpointReader.Open(GoldenData.Path("models", "llama"));
        using Checkpoint actual = CheckpointReader.Open(GoldenData.Path("gguf", "llama-f32.gguf"));

        CollectionAssert.AreEquivalent(expected.Tensors.Keys.ToArray(), actual.Tensors.Keys.ToArray());
        foreach ((string name, CheckpointTensor tensor) in expected.Tensors)
        {
            CollectionAssert.AreEqual(tensor.Shape.ToArray(), actual.Tensors[name].Shape.ToArray(), name);
            CollectionAssert.AreEqual(TensorBytes.ReadFloats(tensor), TensorBytes.ReadFloats(actual.Tensors[name]), name);
            CollectionAssert.AreEqual(TensorBytes.Read(tensor), TensorBytes.Read(actual.Tensors[name]), name);
        }
    }

    [TestMethod]
    [DataRow("model_type")]
    [DataRow("vocab_size")]
    [DataRow("hidden_size")]
    [DataRow("intermediate_size")]
    [DataRow("num_hidden_layers")]
    [DataRow("num_attention_heads")]
    [DataRow("num_key_value_heads")]
    [DataRow("head_dim")]
    [DataRow("max_position_embeddings")]
    [DataRow("rms_norm_eps")]
    [DataRow("rope_parameters")]
    [DataRow("tie_word_embeddings")]
    [DataRow("attention_bias")]
    [DataRow("mlp_bias")]
    [DataRow("hidden_act")]
    [DataRow("dtype")]
    [DataRow("bos_token_id")]
    [DataRow("eos_token_id")]
    [DataRow("architectures")]
    public void Open_Llama_HasTheConfigurationItWasMadeFrom(string key)
    {
        // The type is that of the tensors; all else is the same in each of the files.
        string file = key == "dtype" ? "llama-f32.gguf" : "llama-q4_0.gguf";
        using Checkpoint expected = CheckpointReader.Open(GoldenData.Path("models", "llama"));
        using Checkpoint actual = CheckpointReader.Open(GoldenData.Path("gguf", file));

        JsonAssert.AreEqual(expected.Config[key], actual.Config[key], key);
    }

    [TestMethod]
    public void Open_EveryModelOfTheReference_GivesAllTensorsAsFloats()
    {
        string[] paths = Directory.GetFiles(GoldenData.Path("gguf"), "llama-*.gguf");
        Assert.IsNotEmpty(paths);
        foreach (string path in paths)
        {
            using Checkpoint checkpoint = CheckpointReader.Open(path);
            foreach (CheckpointTensor tensor in checkpoint.Tensors.Values)
            {
                Assert.IsTrue(Array.TrueForAll(TensorBytes.ReadFloats(tensor), float.IsFinite), $"{path}: {tensor.Name}");
            }
        }
    }
}
