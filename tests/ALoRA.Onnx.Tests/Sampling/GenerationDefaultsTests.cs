using ALoRA.Onnx.Sampling;
using ALoRA.Onnx.Tests.Models;

namespace ALoRA.Onnx.Tests.Sampling;

[TestClass]
public sealed class GenerationDefaultsTests
{
    [TestMethod]
    public void Read_NoFile_IsGreedyWithTheManifestsStopTokens()
    {
        using TemporaryFolder folder = new();
        GenerationDefaults defaults = GenerationDefaults.Read(folder.Path, TestManifest.Read());
        Assert.AreEqual(new GenerationOptions(), defaults.Options);
        CollectionAssert.AreEquivalent(new[] { 1, 2 }, defaults.StopTokens.ToArray());
    }

    [TestMethod]
    [DataRow("{\"eos_token_id\": 9}", new[] { 1, 2, 9 })]
    [DataRow("{\"eos_token_id\": [2, 8]}", new[] { 1, 2, 8 })]
    [DataRow("{}", new[] { 1, 2 })]
    public void Read_EndOfTextIds_AreThoseOfBothFiles(string text, int[] expected)
    {
        CollectionAssert.AreEquivalent(expected, Read(text).StopTokens.ToArray());
    }

    [TestMethod]
    public void Read_Sampling_TakesTransformersDefaults()
    {
        GenerationDefaults defaults = Read("{\"do_sample\": true, \"temperature\": 0.6, \"top_p\": 0.9}");
        Assert.AreEqual(0.6f, defaults.Options.Temperature);
        Assert.AreEqual(0.9f, defaults.Options.TopP);
        Assert.AreEqual(50, defaults.Options.TopK);
    }

    [TestMethod]
    public void Read_NoSampling_IgnoresTemperatureButNotThePenalty()
    {
        GenerationDefaults defaults = Read("{\"temperature\": 0.6, \"top_k\": 5, \"repetition_penalty\": 1.2, \"max_new_tokens\": 7}");
        Assert.IsNull(defaults.Options.Temperature);
        Assert.IsNull(defaults.Options.TopK);
        Assert.AreEqual(1.2f, defaults.Options.RepetitionPenalty);
        Assert.AreEqual(7, defaults.MaxNewTokens);
    }

    [TestMethod]
    [DataRow("{\"do_sample\": 1}", "do_sample")]
    [DataRow("{\"do_sample\": true, \"top_p\": 2}", "top_p")]
    [DataRow("{\"do_sample\": true, \"temperature\": 0}", "temperature")]
    [DataRow("{\"repetition_penalty\": -1}", "repetition_penalty")]
    [DataRow("{\"max_new_tokens\": 0}", "max_new_tokens")]
    [DataRow("[]", "JSON object")]
    public void Read_WrongValue_NamesIt(string text, string named)
    {
        Assert.Contains(named, Assert.ThrowsExactly<ModelFormatException>(() => Read(text)).Message);
    }

    private static GenerationDefaults Read(string text)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder[GenerationDefaults.FileName], text);
        return GenerationDefaults.Read(folder.Path, TestManifest.Read());
    }
}
