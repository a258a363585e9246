using System.Numerics.Tensors;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Serving.Tests.RandomSchedules;

/// <summary>
/// The demo checkpoint by plain loops in float64, from its files and without the exporter's graphs: what float32 answers are measured by.
/// Constants that the graphs hold in float32 are taken so, else both sides would be away from this by the same.
/// </summary>
internal sealed class Float64Demo
{
    private readonly Dictionary<string, double[][]> _matrices = [];
    private readonly Dictionary<string, double> _scales = [];
    private readonly string _checkpoint;
    private readonly JsonNode _config;
    private readonly int _heads;
    private readonly int _keyHeads;
    private readonly int _size;

    public Float64Demo(string checkpoint)
    {
        _checkpoint = checkpoint;
        _config = JsonNode.Parse(File.ReadAllText(Path.Combine(checkpoint, "config.json")))!;
        (_heads, _keyHeads) = ((int)_config["num_attention_heads"]!, (int)_config["num_key_value_heads"]!);
        _size = (int)_config["hidden_size"]! / _heads;
        Read(Path.Combine(checkpoint, "model.safetensors"), "");
    }

    /// <summary>Logits behind the tokens from one on. Thread-safe, one at a time.</summary>
    /// <param name="ids">All tokens.</param>
    /// <param name="first">The first token behind which logits are wanted.</param>
    /// <param name="adapter">The adapter; null for the base.</param>
    /// <param name="activation">The first token that the adapter computes.</param>
    public double[][] Logits(int[] ids, int first, string? adapter, int activation)
    {
        lock (_scales)
        {
            if (adapter is not null && !_scales.ContainsKey(adapter))
            {
                string folder = Path.Combine(_checkpoint, "adapters", adapter);
                JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json")))!;
                _scales.Add(adapter, (double)config["lora_alpha"]! / (double)config["r"]!);
                Read(Path.Combine(folder, "adapter_model.safetensors"), $"{adapter}:");
            }

            return Compute(ids, first, adapter, activation);
        }
    }

    private double[][] Compute(int[] ids, int first, string? adapter, int activation)
    {
        double[][] embedding = _matrices["model.embed_tokens.weight"];
        double[][] stream = [.. ids.Select(id => Times(embedding[id], Number("embedding_multiplier")))];
        for (int layer = 0; layer < (int)_config["num_hidden_layers"]!; layer++)
        {
            string path = $"model.layers.{layer}.";
            double[][] x = Norm(stream, path + "input_layernorm");
            double[][] y = Attend(
                Project(x, $"{path}self_attn.q_proj"), Project(x, $"{path}self_attn.k_proj"), Project(x, $"{path}self_attn.v_proj"));
            Add(stream, Project(y, $"{path}self_attn.o_proj"));
            x = Norm(stream, path + "post_attention_layernorm");
            double[][] gate = Project(x, $"{path}mlp.gate_proj"), up = Project(x, $"{path}mlp.up_proj");
            y = [.. gate.Zip(up, (g, u) => g.Zip(u, (a, b) => a / (1 + Math.Exp(-a)) * b).ToArray())];
            Add(stream, Project(y, $"{path}mlp.down_proj"));
        }

        double[][] last = Norm(stream[first..], "model.norm");
        return [.. Multiply(last, embedding).Select(row => Times(row, 1 / Number("logits_scaling")))];

        double[][] Project(double[][] rows, string name)
        {
            double[][] result = Multiply(rows, _matrices[$"{name}.weight"]);
            string own = $"{adapter}:base_model.model.{name}.lora_";
            if (adapter is not null && _matrices.TryGetValue($"{own}A.weight", out double[][]? a))
            {
                double[][] branch = Multiply(Multiply(rows[activation..], a), _matrices[$"{own}B.weight"]);
                for (int row = 0; row < branch.Length; row++)
                {
                    TensorPrimitives.MultiplyAdd(branch[row], _scales[adapter], result[activation + row], result[activation + row]);
                }
            }

            return result;
        }
    }

    private double[][] Attend(double[][] queries, double[][] keys, double[][] values)
    {
        Rotate(queries);
        Rotate(keys);
        double[][] y = [.. queries.Select(row => new double[row.Length])];
        Parallel.For(0, y.Length, row =>
        {
            double[] scores = new double[row + 1];
            for (int head = 0; head < _heads; head++)
            {
                int at = head * _size, from = head / (_heads / _keyHeads) * _size;
                for (int key = 0; key <= row; key++)
                {
                    scores[key] = TensorPrimitives.Dot<double>(queries[row].AsSpan(at, _size), keys[key].AsSpan(from, _size))
                        * Number("attention_multiplier");
                }

                TensorPrimitives.SoftMax<double>(scores, scores);
                Span<double> to = y[row].AsSpan(at, _size);
                for (int key = 0; key <= row; key++)
                {
                    TensorPrimitives.MultiplyAdd<double>(values[key].AsSpan(from, _size), scores[key], to, to);
                }
            }
        });
        return y;
    }

    private void Rotate(double[][] rows)
    {
        int half = _size / 2;
        float theta = (float)_config["rope_parameters"]!["rope_theta"]!;
        for (int position = 0; position < rows.Length; position++)
        {
            for (int pair = 0; pair < half; pair++)
            {
                float angle = position * (1 / MathF.Pow(theta, 2 * pair / (float)_size));
                double cosine = MathF.Cos(angle), sine = MathF.Sin(angle);
                for (int at = pair; at < rows[position].Length; at += _size)
                {
                    double a = rows[position][at], b = rows[position][at + half];
                    rows[position][at] = (a * cosine) - (b * sine);
                    rows[position][at + half] = (b * cosine) + (a * sine);
                }
            }
        }
    }

    private double[][] Norm(double[][] rows, string name)
    {
        double[] weight = _matrices[$"{name}.weight"][0];
        return [.. rows.Select(row =>
        {
            double square = TensorPrimitives.SumOfSquares<double>(row) / row.Length;
            double[] result = Times(row, 1 / Math.Sqrt(square + Number("rms_norm_eps")));
            TensorPrimitives.Multiply<double>(result, weight, result);
            return result;
        })];
    }

    private void Add(double[][] stream, double[][] rows)
    {
        for (int row = 0; row < rows.Length; row++)
        {
            TensorPrimitives.MultiplyAdd<double>(rows[row], Number("residual_multiplier"), stream[row], stream[row]);
        }
    }

    private static double[][] Multiply(double[][] rows, double[][] weights)
    {
        double[][] result = [.. rows.Select(_ => new double[weights.Length])];
        Parallel.For(0, weights.Length, column =>
        {
            for (int row = 0; row < rows.Length; row++)
            {
                result[row][column] = TensorPrimitives.Dot<double>(rows[row], weights[column]);
            }
        });
        return result;
    }

    private static double[] Times(double[] numbers, double factor)
    {
        double[] result = new double[numbers.Length];
        TensorPrimitives.Multiply<double>(numbers, factor, result);
        return result;
    }

    private double Number(string key) => (float)_config[key]!;

    private void Read(string path, string prefix)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach (CheckpointTensor tensor in file.Tensors.Values)
        {
            float[] row = new float[tensor.RowLength];
            double[][] rows = new double[tensor.RowCount][];
            for (int at = 0; at < rows.Length; at++)
            {
                tensor.ReadRowsAsFloat(at, 1, row);
                rows[at] = Array.ConvertAll(row, number => (double)number);
            }

            _matrices.Add(prefix + tensor.Name, rows);
        }
    }
}
