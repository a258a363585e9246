namespace ALoRA.Onnx.Export.Configuration;

/// <summary>Rotary embedding as the configuration describes it.</summary>
internal sealed record RopeSettings
{
    public required RopeType Type { get; init; }

    /// <summary>Base of the frequencies.</summary>
    public required double Theta { get; init; }

    /// <summary>Elements of a head that are rotated, counted from its start.</summary>
    public required int RotaryDimension { get; init; }

    /// <summary>Divisor of the frequencies (linear, llama3).</summary>
    public double Factor { get; init; } = 1;

    public double LowFrequencyFactor { get; init; } = 1;

    public double HighFrequencyFactor { get; init; } = 1;

    /// <summary>Context length before scaling (llama3).</summary>
    public int OriginalMaxPositions { get; init; } = 1;

    /// <summary>
    /// Reads both spellings: <c>rope_parameters</c> of Transformers 5, and <c>rope_theta</c>, <c>rope_scaling</c> and
    /// <c>partial_rotary_factor</c> of Transformers 4.
    /// </summary>
    public static RopeSettings Read(ConfigReader keys, ConfigDefaults defaults, int headSize, int maxPositions)
    {
        double theta = keys.Double("rope_theta", defaults.RopeTheta);
        double partial = keys.Double("partial_rotary_factor", 1);
        ConfigReader? scaling = keys.Section("rope_scaling");
        ConfigReader? section = keys.Section("rope_parameters") ?? scaling;
        if (section is null)
        {
            return new RopeSettings { Type = RopeType.Default, Theta = theta, RotaryDimension = Rotated(keys, headSize, partial) };
        }

        string type = section.Text("rope_type", section.Text("type", "default"));
        RopeSettings settings = new()
        {
            Type = Parse(section, type),
            Theta = section.Double("rope_theta", theta),
            RotaryDimension = Rotated(section, headSize, section.Double("partial_rotary_factor", partial)),
        };
        return settings.Type switch
        {
            RopeType.Default => settings,
            RopeType.Linear => settings with { Factor = section.Double("factor") },
            RopeType.Llama3 => settings with
            {
                Factor = section.Double("factor"),
                LowFrequencyFactor = section.Double("low_freq_factor"),
                HighFrequencyFactor = section.Double("high_freq_factor"),
                OriginalMaxPositions = section.Count("original_max_position_embeddings", maxPositions),
            },
            _ => throw new InvalidOperationException($"No reading of rope type {settings.Type}."),
        };
    }

    private static RopeType Parse(ConfigReader section, string type)
    {
        switch (type)
        {
            case "default":
                return RopeType.Default;
            case "linear":
                return RopeType.Linear;
            case "llama3":
                return RopeType.Llama3;
            default:
                section.Refuse(section.Has("rope_type") ? "rope_type" : "type", "default, linear or llama3");
                return RopeType.Default;
        }
    }

    private static int Rotated(ConfigReader keys, int headSize, double partial)
    {
        int rotated = (int)(headSize * partial);
        if (rotated <= 0 || rotated > headSize || rotated % 2 != 0)
        {
            keys.Refuse("partial_rotary_factor", $"a share of the head's {headSize} elements that gives an even number of them");
            return headSize;
        }

        return rotated;
    }
}
