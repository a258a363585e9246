using System.Globalization;
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

    // llama.cpp: a type that is not named is linear, the factor has an older name, 0 stands for none, and the factor of cosines and sines
    // holds for every type.
    private JsonObject Scaling(double theta, int rotated)
    {
        string type = metadata.Text(Key("rope.scaling.type")) ?? "linear";
        double? named = metadata.Number(Key("rope.scaling.factor"));
        double? older = metadata.Number(Key("rope.scale_linear"));
        double factor = type == "none" || (named ?? older ?? 0) == 0 ? 1 : (named ?? older)!.Value;
        double attentionFactor = metadata.Number(Key("rope.scaling.attn_factor")) ?? 1;
        CheckYarnFactors(type, factor);
        if (factor < 0 || attentionFactor <= 0)
        {
            throw metadata.Error(
                $"the rotary embedding is scaled by {factor} and its cosines by {attentionFactor}; expected numbers above 0",
                "Convert the model again");
        }

        bool hasFactors = tensors.ContainsKey(FactorTensor) || tensors.ContainsKey(LongFactorTensor);
        switch (type)
        {
            case "yarn":
                return hasFactors
                    ? throw metadata.Error($"'{Key("rope.scaling.type")}' is 'yarn' beside a tensor of factors", "Export another model")
                    : Yarn(factor, attentionFactor);
            case "none" or "linear" or "longrope" when hasFactors:
                return tensors.TryGetValue(FactorTensor, out CheckpointTensor? factors)
                    ? Llama3RopeFactors.ToParameters(ReadFactors(factors, rotated, factor), theta, rotated, attentionFactor)
                    : LongRope(rotated, factor, attentionFactor);
            case "none" or "linear" when attentionFactor != 1:
                return Llama3RopeFactors.Listed([.. Enumerable.Repeat((float)factor, rotated / 2)], attentionFactor);
            case "none" or "linear":
                return factor == 1
                    ? new JsonObject { ["rope_type"] = "default" }
                    : new JsonObject { ["rope_type"] = "linear", ["factor"] = factor };
            default:
                throw metadata.Error(
                    $"'{Key("rope.scaling.type")}' is '{type}' without a tensor of factors; expected none, linear or yarn",
                    "Convert the model again");
        }
    }

    // llama.cpp reads neither of them for the architectures that can be exported; other values than its own would be another model's.
    private void CheckYarnFactors(string type, double factor)
    {
        bool yarn = type == "yarn";
        Expect("rope.scaling.yarn_attn_factor", yarn ? [1, YarnScale(factor)] : [1]);
        Expect("rope.scaling.yarn_ext_factor", yarn ? [1, -1] : [0, -1]);
    }

    private void Expect(string key, double[] allowed)
    {
        if (metadata.Number(Key(key)) is { } value && !allowed.Any(number => Math.Abs(number - value) < 1e-5))
        {
            throw metadata.Error(
                $"'{Key(key)}' is {value.ToString(CultureInfo.InvariantCulture)}, which changes the rotary embedding in a way that "
                + "llama.cpp does not follow",
                "Export the Hugging Face checkpoint");
        }
    }

    private JsonObject LongRope(int rotated, double factor, double attentionFactor)
    {
        CheckpointTensor shortFactors = tensors.GetValueOrDefault(ShortFactorTensor)
            ?? throw metadata.Error($"the tensor '{ShortFactorTensor}' is missing beside '{LongFactorTensor}'", "Convert the model again");
        return new JsonObject
        {
            ["rope_type"] = "longrope",
            ["long_factor"] = ToArray(ReadFactors(tensors[LongFactorTensor], rotated, factor)),
            ["short_factor"] = ToArray(ReadFactors(shortFactors, rotated, factor)),
            ["original_max_position_embeddings"] = metadata.RequiredCount(Key("rope.scaling.original_context_length")),
            ["attention_factor"] = attentionFactor,
        };
    }

    private JsonObject Yarn(double factor, double attentionFactor)
    {
        JsonObject rope = new()
        {
            ["rope_type"] = "yarn",
            ["factor"] = factor,
            ["original_max_position_embeddings"] =
                metadata.Count(Key("rope.scaling.original_context_length")) ?? metadata.RequiredCount(Key("context_length")),
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
        if (attentionFactor != 1)
        {
            rope["attention_factor"] = attentionFactor * YarnScale(factor);
        }

        return rope;
    }

    private static double YarnScale(double factor) => factor <= 1 ? 1 : (0.1 * Math.Log(factor)) + 1;

    private float[] ReadFactors(CheckpointTensor tensor, int rotated, double scale)
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
            ? Array.ConvertAll(factors, factor => (float)(factor * scale))
            : throw metadata.Error($"the tensor '{tensor.Name}' has factors that are not positive numbers", "Convert the model again");
    }

    private static JsonArray ToArray(float[] factors) => [.. factors.Select(factor => (JsonNode)(double)factor)];
}
