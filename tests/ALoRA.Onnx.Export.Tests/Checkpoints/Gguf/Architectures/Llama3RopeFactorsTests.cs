using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf.Architectures;

[TestClass]
public sealed class Llama3RopeFactorsTests
{
    [TestMethod]
    [DataRow(8.0, 8192, 500000.0, 128)]
    [DataRow(32.0, 8192, 500000.0, 64)]
    [DataRow(8.0, 64, 10000.0, 16)]
    public void ToParameters_FactorsOfTheRule_GivesItsSettings(double factor, int original, double theta, int rotated)
    {
        JsonObject rope = Llama3RopeFactors.ToParameters(Naive(factor, original, theta, rotated), theta, rotated);

        Assert.AreEqual("llama3", (string?)rope["rope_type"]);
        Assert.AreEqual(factor, (double?)rope["factor"]);
        Assert.AreEqual(original, (int?)rope["original_max_position_embeddings"]);
        Assert.AreEqual(1.0, (double?)rope["low_freq_factor"]);
        Assert.AreEqual(4.0, (double?)rope["high_freq_factor"]);
    }

    [TestMethod]
    public void ToParameters_OtherFactors_ListsThem()
    {
        JsonObject rope = Llama3RopeFactors.ToParameters([1, 2, 5, 3], 10000, 8);

        Assert.AreEqual("longrope", (string?)rope["rope_type"]);
        JsonAssert.AreEqual(JsonNode.Parse("[1,2,5,3]"), rope["long_factor"], "long_factor");
        JsonAssert.AreEqual(JsonNode.Parse("[1,2,5,3]"), rope["short_factor"], "short_factor");
        Assert.AreEqual(1.0, (double?)rope["attention_factor"]);
    }

    [TestMethod]
    public void ToParameters_OnlyOnes_IsNoScaling() =>
        Assert.AreEqual("default", (string?)Llama3RopeFactors.ToParameters([1, 1, 1, 1], 10000, 8)["rope_type"]);

    // In binary32 from the frequency, as the converter does it.
    private static float[] Naive(double factor, int original, double theta, int rotated) =>
        [.. Enumerable.Range(0, rotated / 2).Select(pair =>
    {
        float frequency = 1 / MathF.Pow((float)theta, 2f * pair / rotated);
        float wavelength = 2 * MathF.PI / frequency;
        float smooth = ((original / wavelength) - 1) / 3;
        return wavelength < original / 4f ? 1f : wavelength > original ? (float)factor : 1 / (((1 - smooth) / (float)factor) + smooth);
    })];
}
