using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.Tests.Graphs;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Tests.Weights;

[TestClass]
public sealed class RotaryFrequenciesTests
{
    private const int Pairs = 64;

    [TestMethod]
    public void Compute_EveryType_EqualsTheNaiveFrequencies()
    {
        double[] factors = [.. Enumerable.Range(1, Pairs).Select(i => 1 + (i / 10.0))];
        RopeSettings plain = new() { Type = RopeType.Default, Theta = 500_000, RotaryDimension = 2 * Pairs };
        RopeSettings[] all =
        [
            plain,
            plain with { Type = RopeType.Dynamic, Factor = 4 },
            plain with { Type = RopeType.Linear, Factor = 4 },
            plain with { Type = RopeType.Llama3, Factor = 8, LowFrequencyFactor = 1, HighFrequencyFactor = 4, OriginalMaxPositions = 8192 },
            plain with { Type = RopeType.Yarn, Factor = 4, OriginalMaxPositions = 32768 },
            plain with
            {
                Type = RopeType.Yarn,
                Factor = 16,
                OriginalMaxPositions = 4096,
                TruncatesRamp = false,
                BetaFast = 64,
                BetaSlow = 2,
            },
            plain with
            {
                Type = RopeType.LongRope,
                OriginalMaxPositions = 4096,
                ShortFactors = factors,
                LongFactors = [.. factors.Reverse()],
            },
        ];
        foreach (RopeSettings rope in all)
        {
            foreach (bool isLong in new[] { false, true })
            {
                float[] frequencies = RotaryFrequencies.Compute(rope, isLong);
                for (int pair = 0; pair < Pairs; pair++)
                {
                    double expected = NaiveRotation.Frequency(rope, pair, isLong ? int.MaxValue : 1);
                    Assert.AreEqual(expected, frequencies[pair], expected * 1e-5, $"{rope.Type}, pair {pair}");
                }
            }
        }
    }

    // Numbers of transformers' _compute_yarn_parameters and _compute_longrope_parameters for these settings, by their formulas.
    [TestMethod]
    [DataRow("""{"rope_type":"yarn","factor":4.0}""", 1.1386294361119891)]
    [DataRow("""{"rope_type":"yarn","factor":0.5}""", 1.0)]
    [DataRow("""{"rope_type":"yarn","factor":40.0,"mscale":0.707,"mscale_all_dim":1.0}""", 0.9210426)]
    [DataRow(
        """{"rope_type":"longrope","original_max_position_embeddings":4096,"short_factor":[1,1],"long_factor":[1,1]}""",
        1.1902380714238083)]
    [DataRow(
        """{"rope_type":"longrope","factor":2.0,"original_max_position_embeddings":4096,"short_factor":[1,1],"long_factor":[1,1]}""",
        1.0408329997330663)]
    [DataRow("""{"rope_type":"longrope","attention_factor":1.5,"short_factor":[1,1],"long_factor":[1,1]}""", 1.5)]
    public void Read_AttentionFactor_IsGivenOrComputed(string section, double expected)
    {
        using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse($$"""{"rope_parameters":{{section}}}""");
        ConfigReader keys = new(document.RootElement);
        (RopeSettings full, RopeSettings window) = new RopeReader(keys, new ConfigDefaults(), headSize: 4, maxPositions: 131072).Read();
        Assert.IsEmpty(keys.Problems);
        Assert.AreEqual(expected, full.AttentionFactor, 1e-6);
        Assert.AreSame(full, window);
    }
}
