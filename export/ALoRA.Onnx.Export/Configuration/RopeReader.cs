namespace ALoRA.Onnx.Export.Configuration;

/// <summary>
/// Reads both spellings of the rotary settings: <c>rope_parameters</c> of Transformers 5, and <c>rope_theta</c>, <c>rope_scaling</c> and
/// <c>partial_rotary_factor</c> of Transformers 4. What stands in the object goes before what stands beside it.
/// </summary>
internal sealed class RopeReader(ConfigReader keys, ConfigDefaults defaults, int headSize, int maxPositions)
{
    private const string FactorKey = "factor";
    private const string PartialKey = "partial_rotary_factor";
    private const string OriginalKey = "original_max_position_embeddings";

    /// <summary>The settings of layers that see everything, and of layers with a window.</summary>
    public (RopeSettings Full, RopeSettings Window) Read()
    {
        ConfigReader? scaling = keys.Section("rope_scaling");
        ConfigReader? parameters = keys.Section("rope_parameters");
        double theta = keys.Double("rope_theta", defaults.RopeTheta);
        if (defaults.WindowRopeTheta is not { } windowTheta)
        {
            RopeSettings settings = Read(parameters ?? scaling, theta);
            return (settings, settings);
        }

        windowTheta = keys.Double("rope_local_base_freq", windowTheta);
        RopeSettings full = Read(parameters?.Section("full_attention") ?? scaling, theta);
        RopeSettings window = Read(parameters?.Section("sliding_attention"), windowTheta);
        if (full.Type == RopeType.LongRope && window.Type == RopeType.LongRope && full.OriginalMaxPositions != window.OriginalMaxPositions)
        {
            keys.Refuse("rope_parameters", $"the same {OriginalKey} for all layers");
        }

        return (full, window);
    }

    private RopeSettings Read(ConfigReader? section, double theta)
    {
        double partial = keys.Double(PartialKey, defaults.PartialRotary ?? 1);
        int? original = keys.Has(OriginalKey) ? keys.Count(OriginalKey) : null;
        if (section is null)
        {
            return new RopeSettings { Type = RopeType.Default, Theta = theta, RotaryDimension = Rotated(keys, partial) };
        }

        string type = section.Text("rope_type", section.Text("type", "default"));
        RopeSettings settings = new()
        {
            Type = Parse(section, type),
            Theta = section.Double("rope_theta", theta),
            RotaryDimension = Rotated(section, section.Double(PartialKey, partial)),
        };

        // The one exception: Phi-3's checkpoints have this key beside the object, and there it goes first.
        int originalMax = section.Count(OriginalKey, maxPositions);
        originalMax = original ?? originalMax;
        return settings.Type switch
        {
            RopeType.Default => settings,
            RopeType.Linear or RopeType.Dynamic => settings with { Factor = Positive(section, FactorKey) },
            RopeType.Llama3 => settings with
            {
                Factor = Positive(section, FactorKey),
                LowFrequencyFactor = Positive(section, "low_freq_factor"),
                HighFrequencyFactor = Positive(section, "high_freq_factor"),
                OriginalMaxPositions = originalMax,
            },
            RopeType.Yarn => ReadYarn(section, settings with { OriginalMaxPositions = originalMax }),
            RopeType.LongRope => ReadLongRope(section, settings with { OriginalMaxPositions = originalMax }),
            _ => throw new InvalidOperationException($"No reading of rope type {settings.Type}."),
        };
    }

    private RopeSettings ReadYarn(ConfigReader section, RopeSettings settings)
    {
        double factor = section.Has(FactorKey) ? Positive(section, FactorKey) : (double)maxPositions / settings.OriginalMaxPositions;
        double scale = section.Double("mscale", 0);
        double scaleOfAll = section.Double("mscale_all_dim", 0);
        double computed = scale != 0 && scaleOfAll != 0 ? YarnScale(factor, scale) / YarnScale(factor, scaleOfAll) : YarnScale(factor, 1);

        // Transformers takes zero for absent.
        double fast = section.Double("beta_fast", 0);
        double slow = section.Double("beta_slow", 0);
        return settings with
        {
            Factor = factor,
            AttentionFactor = section.Double("attention_factor", computed),
            BetaFast = fast == 0 ? 32 : fast,
            BetaSlow = slow == 0 ? 1 : slow,
            TruncatesRamp = section.Boolean("truncate", true),
        };
    }

    private RopeSettings ReadLongRope(ConfigReader section, RopeSettings settings)
    {
        double factor = section.Has(FactorKey) ? Positive(section, FactorKey) : (double)maxPositions / settings.OriginalMaxPositions;
        double computed = factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(factor) / Math.Log(settings.OriginalMaxPositions)));
        return settings with
        {
            Factor = factor,
            AttentionFactor = section.Double("attention_factor", computed),
            ShortFactors = Factors(section, "short_factor", settings.RotaryDimension / 2),
            LongFactors = Factors(section, "long_factor", settings.RotaryDimension / 2),
        };
    }

    private static double YarnScale(double factor, double scale) => factor <= 1 ? 1 : (0.1 * scale * Math.Log(factor)) + 1;

    private static IReadOnlyList<double> Factors(ConfigReader section, string key, int count)
    {
        IReadOnlyList<double> factors = section.Doubles(key);
        if (factors.Count == count && factors.All(factor => factor > 0))
        {
            return factors;
        }

        section.Refuse(key, $"{count} numbers above 0, one for each rotated pair of elements");
        return [.. Enumerable.Repeat(1.0, count)];
    }

    private static double Positive(ConfigReader section, string key)
    {
        double value = section.Double(key);
        if (value <= 0)
        {
            section.Refuse(key, "a number above 0");
        }

        return value;
    }

    private RopeType Parse(ConfigReader section, string type)
    {
        if (defaults.LongRopeNames.Contains(type))
        {
            return RopeType.LongRope;
        }

        switch (type)
        {
            case "default":
                return RopeType.Default;
            case "linear":
                return RopeType.Linear;
            case "dynamic":
                return RopeType.Dynamic;
            case "llama3":
                return RopeType.Llama3;
            case "yarn":
                return RopeType.Yarn;
            default:
                section.Refuse(section.Has("rope_type") ? "rope_type" : "type", "default, linear, dynamic, llama3, yarn or longrope");
                return RopeType.Default;
        }
    }

    private int Rotated(ConfigReader reader, double partial)
    {
        if (defaults.PartialRotary is null && partial != 1)
        {
            reader.Refuse(PartialKey, "1, because this architecture rotates whole heads");
            return headSize;
        }

        int rotated = (int)(headSize * partial);
        if (rotated <= 0 || rotated > headSize || rotated % 2 != 0)
        {
            reader.Refuse(PartialKey, $"a share of the head's {headSize} elements that gives an even number of them");
            return headSize;
        }

        return rotated;
    }
}
