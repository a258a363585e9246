using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>
/// A decoder computed as it is defined: token by token, head by head, in binary64, without cache. The twin of the exported graph.
/// </summary>
internal sealed class NaiveDecoder(DecoderBlueprint blueprint, IReadOnlyDictionary<string, (float[] Values, long[] Shape)> tensors)
{
    /// <summary>Logits of all positions, <c>[ids, vocabulary]</c>.</summary>
    public float[] Logits(int[] ids)
    {
        double[][] stream =
            [.. ids.Select(id => Row(blueprint.EmbeddingWeight, id).Select(value => value * blueprint.EmbeddingMultiplier).ToArray())];
        foreach (LayerBlueprint layer in blueprint.Layers)
        {
            double[][] input = [.. stream.Select(row => Normalize(row, layer.AttentionNorm))];
            double[][] attended =
                [.. Attend(layer.Attention, input).Select(row => Normalize(Project(layer.Attention.Output, row), layer.AttentionPostNorm))];
            double[][] middle = [.. stream.Zip(attended, AddScaled)];
            double[][] mlpInput = layer.IsParallel ? input : [.. middle.Select(row => Normalize(row, layer.MlpNorm))];
            stream = [.. middle.Zip(mlpInput, (row, value) => AddScaled(row, Normalize(FeedForward(layer.Mlp, value), layer.MlpPostNorm)))];
        }

        return [.. stream.SelectMany(row => Head(Normalize(row, blueprint.FinalNorm)))];
    }

    private double[] AddScaled(double[] row, double[] output) => [.. row.Zip(output, (a, b) => a + (b * blueprint.ResidualMultiplier))];

    private IEnumerable<float> Head(double[] hidden) => Multiply(blueprint.HeadWeight, hidden).Select(logit =>
    {
        double scaled = logit * blueprint.LogitsMultiplier;
        return (float)(blueprint.LogitsSoftCap is { } cap ? cap * Math.Tanh(scaled / cap) : scaled);
    });

    private double[][] Attend(AttentionBlueprint attention, double[][] input)
    {
        int size = blueprint.HeadSize;
        int queryWidth = blueprint.HeadCount * size;
        int keyWidth = blueprint.KeyValueHeadCount * size;
        List<double[]> queries = [];
        List<double[]> keys = [];
        List<double[]> values = [];
        for (int position = 0; position < input.Length; position++)
        {
            double[] all = Project(attention.Qkv, input[position]);
            queries.Add(Prepare(all[..queryWidth], attention.QueryNorm, attention.Rope, position, input.Length));
            keys.Add(Prepare(all[queryWidth..(queryWidth + keyWidth)], attention.KeyNorm, attention.Rope, position, input.Length));
            values.Add(all[(queryWidth + keyWidth)..]);
        }

        return [.. Enumerable.Range(0, input.Length).Select(position =>
            Enumerable.Range(0, blueprint.HeadCount)
                .SelectMany(head => AttendHead(attention, queries[position], keys, values, position, head))
                .ToArray())];
    }

    private double[] AttendHead(
        AttentionBlueprint attention, double[] query, List<double[]> keys, List<double[]> values, int position, int head)
    {
        int size = blueprint.HeadSize;
        int from = head * size;
        int shared = head / (blueprint.HeadCount / blueprint.KeyValueHeadCount) * size;
        int first = attention.Window is { } window ? Math.Max(0, position - window + 1) : 0;
        double[] scores = [.. Enumerable.Range(first, position - first + 1).Select(other =>
        {
            double score = attention.Scale * Enumerable.Range(0, size).Sum(i => query[from + i] * keys[other][shared + i]);
            return attention.SoftCap is { } cap ? cap * Math.Tanh(score / cap) : score;
        })];
        double largest = scores.Max();
        double[] weights = [.. scores.Select(score => Math.Exp(score - largest))];
        double sum = weights.Sum();
        return [
            .. Enumerable.Range(0, size).Select(i => weights.Select((weight, at) => weight / sum * values[first + at][shared + i]).Sum())];
    }

    private double[] Prepare(double[] heads, HeadNormBlueprint? norm, RopeSettings? rope, int position, int length)
    {
        int size = blueprint.HeadSize;
        double[] prepared = norm is null
            ? heads
            : [.. heads.Chunk(norm.Size).SelectMany((part, index) => Normalize(part, norm.Norms[norm.Norms.Count == 1 ? 0 : index]))];
        for (int from = 0; rope is not null && from < prepared.Length; from += size)
        {
            NaiveRotation.Rotate(prepared.AsSpan(from, size), rope, position, length);
        }

        return prepared;
    }

    private double[] FeedForward(MlpBlueprint mlp, double[] input)
    {
        double[] up = Project(mlp.Up, input);
        int size = mlp.Down.InputSize;
        double[] activated = [.. up.Take(size).Select((value, i) => Activate(mlp.Activation, value) * (mlp.IsGated ? up[size + i] : 1))];
        return Project(mlp.Down, activated);
    }

    private static double Activate(ActivationFunction function, double x) => function switch
    {
        ActivationFunction.Silu => x / (1 + Math.Exp(-x)),
        ActivationFunction.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        ActivationFunction.Gelu => 0.5 * x * (1 + ErrorFunction(x / Math.Sqrt(2))),
        _ => Math.Max(x, 0),
    };

    // Maclaurin series; the arguments here are small.
    private static double ErrorFunction(double x)
    {
        double term = x;
        double sum = x;
        for (int n = 1; n < 200 && Math.Abs(term) > 1e-18; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        return sum * 2 / Math.Sqrt(Math.PI);
    }

    private double[] Normalize(double[] row, NormBlueprint? norm)
    {
        if (norm is null)
        {
            return row;
        }

        double mean = norm.SubtractsMean ? row.Average() : 0;
        double scale = 1 / Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + norm.Epsilon);
        float[] weight = tensors[norm.Weight].Values;
        float[]? bias = norm.Bias is null ? null : tensors[norm.Bias].Values;
        return [.. row.Select((value, i) => ((value - mean) * scale * (weight[i] + (norm.AddsOne ? 1.0 : 0))) + (bias?[i] ?? 0))];
    }

    private double[] Project(ProjectionBlueprint projection, double[] input) => [.. projection.Parts.SelectMany(part =>
    {
        double[] product = Multiply(part.Weight, input);
        return part.Bias is null ? product : product.Zip(tensors[part.Bias].Values, (a, b) => a + b);
    })];

    private double[] Multiply(string weight, double[] input) =>
        [.. Enumerable.Range(0, (int)tensors[weight].Shape[0]).Select(row => Row(weight, row).Zip(input, (a, b) => a * b).Sum())];

    private double[] Row(string tensor, int row)
    {
        (float[] values, long[] shape) = tensors[tensor];
        return Array.ConvertAll(values[(int)(row * shape[1])..(int)((row + 1) * shape[1])], value => (double)value);
    }
}
