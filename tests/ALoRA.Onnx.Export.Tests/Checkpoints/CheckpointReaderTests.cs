using ALoRA.Onnx.Export.Checkpoints;

namespace ALoRA.Onnx.Export.Tests.Checkpoints;

[TestClass]
public sealed class CheckpointReaderTests
{
    [TestMethod]
    public void Open_ShardedCheckpoint_GivesTheTensorsOfTheSingleFileRoundedToBFloat16()
    {
        using Checkpoint sharded = CheckpointReader.Open(GoldenData.Path("models", "llama_sharded"));
        using Checkpoint single = CheckpointReader.Open(GoldenData.Path("models", "llama"));

        CollectionAssert.AreEquivalent(single.Tensors.Keys.ToArray(), sharded.Tensors.Keys.ToArray());
        Assert.AreEqual("llama", (string?)single.Config["model_type"]);
        foreach ((string name, CheckpointTensor expected) in single.Tensors)
        {
            CheckpointTensor actual = sharded.Tensors[name];
            CollectionAssert.AreEqual(expected.Shape.ToArray(), actual.Shape.ToArray());
            float[] expectedValues = TensorBytes.ReadFloats(expected);
            float[] actualValues = TensorBytes.ReadFloats(actual);
            for (int i = 0; i < expectedValues.Length; i++)
            {
                Assert.AreEqual(expectedValues[i], actualValues[i], MathF.Abs(expectedValues[i]) / 256, name);
            }
        }
    }

    [TestMethod]
    public void Open_MissingFolder_NamesThePath()
    {
        FileNotFoundException exception = Assert.ThrowsExactly<FileNotFoundException>(() => CheckpointReader.Open("no-such-checkpoint"));

        Assert.Contains("no-such-checkpoint", exception.Message);
    }
}
