using System.Text.Json;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Checkpoints.Decoding;
using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Checks;

/// <summary>
/// Checks configuration and tensors as a whole, so that one message names everything that stands in the way of an export.
/// </summary>
internal static class CheckpointChecks
{
    private const int MostListed = 20;

    public static CheckedCheckpoint Check(Checkpoint checkpoint, PrecisionPlan precision, ExportOptions options)
    {
        // The reader works on parsed text: values of a JsonObject made in code convert only to the very type they were made of.
        using JsonDocument document = JsonDocument.Parse(checkpoint.Config.ToJsonString());
        ConfigReader keys = new(document.RootElement.Clone());
        string modelType = keys.Text("model_type", "");
        DecoderArchitecture architecture = SupportedArchitectures.Find(modelType) ?? throw new CheckpointFormatException(
            $"{checkpoint.Path}: config.json: 'model_type': expected one of "
            + $"{string.Join(", ", SupportedArchitectures.All.Select(a => a.ModelType))}, "
            + $"got '{modelType}'. Other architectures cannot be exported.");
        ModelConfig config = ModelConfig.Read(keys, architecture.Defaults);
        DecoderBlueprint blueprint = architecture.Describe(config);
        blueprint = blueprint with { MaxPositions = Math.Min(blueprint.MaxPositions, options.MaxContextLength ?? int.MaxValue) };

        List<string> warnings = [.. checkpoint.Warnings];
        blueprint = keys.Problems.Count == 0 ? TiedHead.Resolve(checkpoint, blueprint, warnings) : blueprint;
        List<string> problems = [.. keys.Problems.Distinct().Select(problem => $"config.json: {problem}")];
        List<string> unknown = options.AllowUnknownConfig ? warnings : problems;
        CheckUnread(keys, architecture, unknown);
        unknown.AddRange(checkpoint.UnknownKeys.Select(
            key => $"metadata: '{key}' is not known to the exporter and may change the numbers."));
        List<CheckpointTensor> used = [];

        // With a broken configuration every shape would be reported as wrong.
        if (keys.Problems.Count == 0)
        {
            CheckTensors(checkpoint, blueprint, used, problems);
            CheckUnused(checkpoint, blueprint, used, options.AllowUnknownTensors ? warnings : problems);
            PrecisionChecks.Check(blueprint, used, precision, problems, warnings);
        }

        if (problems.Count > 0)
        {
            string more = problems.Count > MostListed ? $"\n  and {problems.Count - MostListed} more" : "";
            throw new CheckpointFormatException(
                $"{checkpoint.Path} cannot be exported:\n  {string.Join("\n  ", problems.Take(MostListed))}{more}");
        }

        return new CheckedCheckpoint(config, blueprint, used, warnings);
    }

    private static void CheckUnread(ConfigReader keys, DecoderArchitecture architecture, List<string> findings)
    {
        IEnumerable<string> unknown = keys.Unread.Where(
            key => !KnownKeys.Harmless.Contains(key) && !architecture.IgnoredKeys.Contains(key));
        foreach (string key in unknown.Order(StringComparer.Ordinal))
        {
            if (!KnownKeys.HarmlessWithValue.TryGetValue(key, out string? value))
            {
                findings.Add($"config.json: '{key}' is not known to the exporter and may change the numbers.");
            }
            else if (!keys.Is(key, value))
            {
                findings.Add($"config.json: '{key}': only {value} can be exported.");
            }
        }
    }

    private static void CheckTensors(Checkpoint checkpoint, DecoderBlueprint blueprint, List<CheckpointTensor> used, List<string> problems)
    {
        foreach ((string name, long[] shape) in RequiredTensors.Of(blueprint))
        {
            string expected = $"[{string.Join(", ", shape)}]";
            if (!checkpoint.Tensors.TryGetValue(name, out CheckpointTensor? tensor))
            {
                problems.Add($"tensor '{name}': expected shape {expected}, the checkpoint has no such tensor.");
            }
            else if (!tensor.Shape.SequenceEqual(shape))
            {
                problems.Add($"tensor '{name}': expected shape {expected}, got [{string.Join(", ", tensor.Shape)}].");
            }
            else if (!ExportableEncodings.Contains(tensor.Encoding))
            {
                problems.Add($"tensor '{name}': expected a floating-point or GGUF block encoding, got {tensor.Encoding.FormatName()}.");
            }
            else
            {
                used.Add(tensor);
            }
        }
    }

    private static void CheckUnused(
        Checkpoint checkpoint, DecoderBlueprint blueprint, List<CheckpointTensor> used, List<string> findings)
    {
        HashSet<string> known = [.. RequiredTensors.Of(blueprint).Select(tensor => tensor.Name), .. used.Select(tensor => tensor.Name)];
        foreach (string name in checkpoint.Tensors.Keys.Where(name => !known.Contains(name)).Order(StringComparer.Ordinal))
        {
            // Frequencies follow from the configuration; old checkpoints store them all the same.
            if (name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal))
            {
                continue;
            }

            // A copy of the embedding.
            if (name == TiedHead.Weight && blueprint.HeadWeight == blueprint.EmbeddingWeight)
            {
                continue;
            }

            findings.Add($"tensor '{name}' belongs to nothing in this architecture.");
        }
    }
}

/// <summary>
/// Encodings of weights. 8-bit floats and integers are weights only together with scales of their own, which no architecture here has.
/// </summary>
internal static class ExportableEncodings
{
    public static bool Contains(TensorEncoding encoding) =>
        encoding is TensorEncoding.F64 or TensorEncoding.F32 or TensorEncoding.F16 or TensorEncoding.BF16
        || (encoding.BlockLength() >= 32 && BlockDecoders.Find(encoding) is not null);
}
