using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Tests.Sampling;

[TestClass]
public sealed class SamplingSettingsTests
{
    private static readonly GenerationDefaults Defaults = new() { StopTokens = [7], Temperature = 0.6f, TopK = 20, MaxNewTokens = 33 };

    [TestMethod]
    public void Resolve_EmptyOptions_TakesTheModelsDefaults()
    {
        SamplingSettings settings = SamplingSettings.Resolve(new GenerationOptions(), Defaults);
        Assert.AreEqual(0.6f, settings.Temperature);
        Assert.AreEqual(20, settings.TopK);
        Assert.AreEqual(33, settings.MaxNewTokens);
        Assert.IsTrue(settings.StopTokens.SetEquals([7]));
    }

    [TestMethod]
    public void Resolve_IgnoreEndOfText_KeepsOwnStopTokensOnly()
    {
        SamplingSettings settings = SamplingSettings.Resolve(new GenerationOptions { StopTokens = [3], IgnoreEndOfText = true }, Defaults);
        Assert.IsTrue(settings.StopTokens.SetEquals([3]));
    }

    [TestMethod]
    [DynamicData(nameof(BadOptions))]
    public void Resolve_ValueOutOfRange_NamesTheOption(GenerationOptions options, string name)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => SamplingSettings.Resolve(options, Defaults));
        Assert.Contains(name, exception.Message);
    }

    public static IEnumerable<(GenerationOptions Options, string Name)> BadOptions =>
    [
        (new GenerationOptions { MaxNewTokens = 0 }, "MaxNewTokens"),
        (new GenerationOptions { Temperature = -1 }, "Temperature"),
        (new GenerationOptions { Temperature = float.NaN }, "Temperature"),
        (new GenerationOptions { Temperature = float.PositiveInfinity }, "Temperature"),
        (new GenerationOptions { TopK = -1 }, "TopK"),
        (new GenerationOptions { TopP = 0 }, "TopP"),
        (new GenerationOptions { TopP = 1.1f }, "TopP"),
        (new GenerationOptions { MinP = -0.1f }, "MinP"),
        (new GenerationOptions { MinP = float.NaN }, "MinP"),
        (new GenerationOptions { RepetitionPenalty = 0 }, "RepetitionPenalty"),
        (new GenerationOptions { StopStrings = ["a", ""] }, "stop string"),
    ];
}
