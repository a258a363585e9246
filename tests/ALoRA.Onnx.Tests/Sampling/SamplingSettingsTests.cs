using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Tests.Sampling;

[TestClass]
public sealed class SamplingSettingsTests
{
    private static readonly GenerationDefaults Defaults = new()
    {
        StopTokens = [7],
        MaxNewTokens = 33,
        Options = new GenerationOptions { Temperature = 0.6f, TopK = 20 },
    };

    [TestMethod]
    public void Resolve_EmptyOptions_TakesTheModelsDefaults()
    {
        SamplingSettings settings = SamplingSettings.Resolve(new GenerationOptions(), Defaults);
        Assert.AreEqual(0.6f, settings.Options.Temperature);
        Assert.AreEqual(20, settings.Options.TopK);
        Assert.AreEqual(1, settings.Options.TopP);
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

    [TestMethod]
    public void Resolve_SamplerBesideWhatItReplaces_NamesTheOption()
    {
        GenerationOptions own = new() { Sampler = _ => throw new NotSupportedException() };
        foreach (GenerationParameter parameter in GenerationParameters.All)
        {
            GenerationOptions options = parameter.Set(own, parameter.Default);
            if (parameter.Draws)
            {
                Exception exception = Assert.ThrowsExactly<ArgumentException>(() => SamplingSettings.Resolve(options, Defaults));
                Assert.StartsWith(parameter.Name.Replace("_", ""), exception.Message.ToLowerInvariant());
            }
            else
            {
                SamplingSettings.Resolve(options, Defaults);
            }
        }
    }

    [TestMethod]
    [DataRow(0.01f)]
    [DataRow(100f)]
    public void Resolve_RepetitionPenaltyAtTheEndsOfItsRange_IsTaken(float penalty) => Assert.AreEqual(
        penalty, SamplingSettings.Resolve(new GenerationOptions { RepetitionPenalty = penalty }, Defaults).Options.RepetitionPenalty);

    public static IEnumerable<(GenerationOptions Options, string Name)> BadOptions =>
    [
        (new GenerationOptions { MaxNewTokens = 0 }, "MaxNewTokens"),
        (new GenerationOptions { Temperature = -1 }, "Temperature"),
        (new GenerationOptions { Temperature = float.NaN }, "Temperature"),
        (new GenerationOptions { Temperature = float.PositiveInfinity }, "Temperature"),
        (new GenerationOptions { Temperature = float.NegativeInfinity }, "Temperature"),
        (new GenerationOptions { TopK = -1 }, "TopK"),
        (new GenerationOptions { TopP = float.NaN }, "TopP"),
        (new GenerationOptions { TopP = 0 }, "TopP"),
        (new GenerationOptions { TopP = 1.1f }, "TopP"),
        (new GenerationOptions { MinP = -0.1f }, "MinP"),
        (new GenerationOptions { MinP = float.NaN }, "MinP"),
        (new GenerationOptions { RepetitionPenalty = 0 }, "RepetitionPenalty"),
        (new GenerationOptions { RepetitionPenalty = float.Epsilon }, "RepetitionPenalty"),
        (new GenerationOptions { RepetitionPenalty = 0.0099f }, "RepetitionPenalty"),
        (new GenerationOptions { RepetitionPenalty = 100.1f }, "RepetitionPenalty"),
        (new GenerationOptions { RepetitionPenalty = float.MaxValue }, "RepetitionPenalty"),
        (new GenerationOptions { RepetitionPenalty = float.NaN }, "RepetitionPenalty"),
        (new GenerationOptions { PresencePenalty = float.NaN }, "PresencePenalty"),
        (new GenerationOptions { FrequencyPenalty = float.NaN }, "FrequencyPenalty"),
        (new GenerationOptions { PresencePenalty = 2.1f }, "PresencePenalty"),
        (new GenerationOptions { FrequencyPenalty = -2.1f }, "FrequencyPenalty"),
        (new GenerationOptions { NoRepeatNgramSize = -1 }, "NoRepeatNgramSize"),
        (new GenerationOptions { LogitBias = new Dictionary<int, float> { [4] = float.NaN } }, "LogitBias[4]"),
        (new GenerationOptions { LogitBias = new Dictionary<int, float> { [4] = float.PositiveInfinity } }, "LogitBias[4]"),
        (new GenerationOptions { TopLogprobs = 21 }, "TopLogprobs"),
        (new GenerationOptions { StopStrings = ["a", ""] }, "stop string"),
    ];
}
