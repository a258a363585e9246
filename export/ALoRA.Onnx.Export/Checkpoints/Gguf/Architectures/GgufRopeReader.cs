using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

/// <summary>Reads the rotary embedding's settings as Hugging Face's <c>rope_parameters</c>.</summary>
internal sealed class GgufRopeReader(
    GgufMetadata metadata, string prefix, IReadOnlyDictionary<string, CheckpointTensor> tensors, int headSize)
{
    private const double DefaultTheta = 10_000;
    private const string FactorTensor = "rope_freqs.weight";
    private const string LongFactorTensor = "rope_factors_long.weight";
    private const string ShortFactorTensor = "rope_factors_short.weight";

    /// <summary>The tensors that are settings rather than weights.</summary>
    public static bool IsSetting(string tensor) => tensor is FactorTensor or LongFactorTensor or ShortFactorTensor;

    /// <param name="wholeHead">Whether the architecture's row order only allows the whole head to be rotated.</param>
    public JsonObject Read(bool wholeHead)
    {
        double theta = metadata.Number(Key("rope.freq_base")) ?? DefaultTheta;
        int rotated = metadata.Count(Key("rope.dimension_count")) ?? headSize;
        if (rotated > headSize || rotated <= 0 || rotated % 2 != 0 || (wholeHead && rotated != headSize))
        {
            string expected = wholeHead ? $"{headSize}, the size of a head" : $"an even number up to {headSize}, the size of a head";
            throw metadata.Error($"'{Key("rope.dimension_count")}' is {rotated}; expected {expected}", "Export another model");
        }

        JsonObject rope = Scaling(theta, rotated);
        rope["rope_theta"] = theta;
        if (rotated != headSize)
        {
            rope["partial_rotary_factor"] = (double)rotated / headSize;
        }

        return rope;
    }

    private string Key(string key) => $"{prefix}.{key}";

    private JsonObject Scaling(double theta, int rotated)
    {
        if (tensors.TryGetValue(FactorTensor, out CheckpointTensor? factors))
        {
            return Llama3RopeFactors.ToParameters(ReadFactors(factors, rotated), theta, rotated);
        }

        if (tensors.TryGetValue(LongFactorTensor, out CheckpointTensor? longFactors))
        {
            return LongRope(longFactors, rotated);
        }

        string type = metadata.Text(Key("rope.scaling.type")) ?? "none";
        return type switch
        {
            "none" => new JsonObject { ["rope_type"] = "default" },
            "linear" => new JsonObject { ["rope_type"] = "linear", ["factor"] = metadata.RequiredNumber(Key("rope.scaling.factor")) },
            "yarn" => Yarn(),
            _ => throw metadata.Error(
                $"'{Key("rope.scaling.type")}' is '{type}' without a tensor of factors; expected none, linear or yarn",
                "Convert the model again"),
        };
    }

    private JsonObject LongRope(CheckpointTensor longFactors, int rotated)
    {
        CheckpointTensor shortFactors = tensors.GetValueOrDefault(ShortFactorTensor)
            ?? throw metadata.Error($"the tensor '{ShortFactorTensor}' is missing beside '{LongFactorTensor}'", "Convert the model again");
        JsonObject rope = new()
        {
            ["rope_type"] = "longrope",
            ["long_factor"] = ToArray(ReadFactors(longFactors, rotated)),
            ["short_factor"] = ToArray(ReadFactors(shortFactors, rotated)),
            ["original_max_position_embeddings"] = metadata.RequiredCount(Key("rope.scaling.original_context_length")),
        };
        if (metadata.Number(Key("rope.scaling.attn_factor")) is { } attentionFactor)
        {
            rope["attention_factor"] = attentionFactor;
        }

        return rope;
    }

    private JsonObject Yarn()
    {
        double factor = metadata.RequiredNumber(Key("rope.scaling.factor"));
        JsonObject rope = new()
        {
            ["rope_type"] = "yarn",
            ["factor"] = factor,
            ["original_max_position_embeddings"] = metadata.RequiredCount(Key("rope.scaling.original_context_length")),
        };
        if (metadata.Number(Key("rope.scaling.yarn_beta_fast")) is { } fast)
        {
            rope["beta_fast"] = fast;
        }

        if (metadata.Number(Key("rope.scaling.yarn_beta_slow")) is { } slow)
        {
            rope["beta_slow"] = slow;
        }

        // llama.cpp multiplies its factor by YaRN's own, Hugging Face replaces it.
        double? attentionFactor = metadata.Number(Key("rope.scaling.yarn_attn_factor")) ?? metadata.Number(Key("rope.scaling.attn_factor"));
        if (attentionFactor is { } stored)
        {
            rope["attention_factor"] = stored * ((0.1 * Math.Log(factor)) + 1);
        }

        return rope;
    }

    private float[] ReadFactors(CheckpointTensor tensor, int rotated)
    {
        if (tensor.Encoding != TensorEncoding.F32 || tensor.ElementCount != rotated / 2)
        {
            throw metadata.Error(
                $"the tensor '{tensor.Name}' has {tensor.ElementCount} elements of {tensor.Encoding.FormatName()}; expected " +
                $"{rotated / 2} of F32",
                "Convert the model again");
        }

        float[] factors = new float[rotated / 2];
        tensor.ReadRowsAsFloat(0, 1, factors);
        return Array.TrueForAll(factors, factor => float.IsFinite(factor) && factor > 0)
            ? factors
            : throw metadata.Error($"the tensor '{tensor.Name}' has factors that are not positive numbers", "Convert the model again");
    }

    private static JsonArray ToArray(float[] factors) => [.. factors.Select(factor => (JsonNode)(double)factor)];
}
