using System.Text.Json.Nodes;
using CsCheck;

namespace ALoRA.Onnx.Export.Tests.Adapters;

/// <summary>What the graph computes from the packed tensors equals the scaled B·A of each module, computed the plain way.</summary>
[TestClass]
public sealed class PackedProductTests
{
    private static readonly (string Module, string Group, int In, int Out, int Column)[] Modules =
    [
        ("self_attn.q_proj", "self_attn.qkv_proj", TestModel.Hidden, TestModel.Hidden, 0),
        ("self_attn.k_proj", "self_attn.qkv_proj", TestModel.Hidden, TestModel.Value, TestModel.Hidden),
        ("self_attn.v_proj", "self_attn.qkv_proj", TestModel.Hidden, TestModel.Value, TestModel.Hidden + TestModel.Value),
        ("self_attn.o_proj", "self_attn.o_proj", TestModel.Hidden, TestModel.Hidden, 0),
        ("mlp.gate_proj", "mlp.gate_up_proj", TestModel.Hidden, TestModel.Intermediate, 0),
        ("mlp.up_proj", "mlp.gate_up_proj", TestModel.Hidden, TestModel.Intermediate, TestModel.Intermediate),
        ("mlp.down_proj", "mlp.down_proj", TestModel.Intermediate, TestModel.Hidden, 0),
    ];

    private static readonly Gen<(bool[] Targeted, int[] Ranks, bool RankStabilized, int Alpha, int Seed)> Adapters =
        Gen.Select(
            Gen.Bool.Array[Modules.Length].Where(targeted => targeted.Any(isTargeted => isTargeted)),
            Gen.Int[1, 4].Array[Modules.Length * 2],
            Gen.Bool,
            Gen.Int[-8, 32],
            Gen.Int[0, 1_000_000]);

    [TestMethod]
    public void ConvertAsync_AnyTargetsAndRanks_ProductEqualsTheNaiveOne() => Adapters.Sample(Check, iter: 60);

    private static void Check((bool[] Targeted, int[] Ranks, bool RankStabilized, int Alpha, int Seed) adapter)
    {
        using TemporaryFolder temporary = new();
        TestAdapter peft = new();
        JsonObject ranks = [];
        JsonArray targets = [];
        for (int i = 0; i < Modules.Length; i++)
        {
            if (!adapter.Targeted[i])
            {
                continue;
            }

            targets.Add((JsonNode)Modules[i].Module);
            for (int layer = 0; layer < 2; layer++)
            {
                string path = $"model.layers.{layer}.{Modules[i].Module}";
                int rank = adapter.Ranks[(2 * i) + layer];
                ranks[path.Replace(".", "\\.", StringComparison.Ordinal)] = rank;
                peft.Module(path, rank, Modules[i].In, Modules[i].Out, adapter.Seed + (2 * i) + layer);
            }
        }

        peft.With("target_modules", targets)
            .With("rank_pattern", ranks)
            .With("use_rslora", adapter.RankStabilized)
            .With("lora_alpha", adapter.Alpha);
        AdapterReport report = AdapterConverter.ConvertAsync(peft.Save(temporary), TestModel.Tiny(temporary)).GetAwaiter().GetResult();
        IReadOnlyDictionary<string, OnnxAdapterFile.Parameter> packed = OnnxAdapterFile.Read(
            Path.Combine(report.Path, "adapter.onnx_adapter"));
        Dictionary<string, TestTensor> stored = peft.Tensors.ToDictionary(tensor => tensor.Name);
        for (int layer = 0; layer < 2; layer++)
        {
            for (int i = 0; i < Modules.Length; i++)
            {
                CheckModule(adapter, i, layer, stored, packed);
            }
        }
    }

    private static void CheckModule(
        (bool[] Targeted, int[] Ranks, bool RankStabilized, int Alpha, int Seed) adapter,
        int index,
        int layer,
        Dictionary<string, TestTensor> stored,
        IReadOnlyDictionary<string, OnnxAdapterFile.Parameter> packed)
    {
        (string module, string group, int inputSize, int outputSize, int column) = Modules[index];
        bool inGroup = packed.TryGetValue($"model.layers.{layer}.{group}.lora_A.weight", out OnnxAdapterFile.Parameter? a);
        Assert.AreEqual(Modules.Where((other, i) => other.Group == group && adapter.Targeted[i]).Any(), inGroup, group);
        if (!inGroup)
        {
            return;
        }

        OnnxAdapterFile.Parameter b = packed[$"model.layers.{layer}.{group}.lora_B.weight"];
        Assert.AreEqual(a!.Shape[1], b.Shape[0]);
        float[] left = a.Values;
        float[] right = b.Values;
        int rank = adapter.Ranks[(2 * index) + layer];
        double scale = adapter.Alpha / (adapter.RankStabilized ? Math.Sqrt(rank) : rank);
        for (int from = 0; from < inputSize; from++)
        {
            for (int to = 0; to < outputSize; to++)
            {
                double expected = 0;
                if (adapter.Targeted[index])
                {
                    string name = $"base_model.model.model.layers.{layer}.{module}";
                    float[] down = Floats(stored[name + ".lora_A.weight"]);
                    float[] up = Floats(stored[name + ".lora_B.weight"]);
                    for (int r = 0; r < rank; r++)
                    {
                        expected += (double)up[(to * rank) + r] * down[(r * inputSize) + from] * scale;
                    }
                }

                double actual = 0;
                for (int r = 0; r < (int)a.Shape[1]; r++)
                {
                    actual += (double)left[(from * (int)a.Shape[1]) + r] * right[(r * (int)b.Shape[1]) + column + to];
                }

                Assert.AreEqual(expected, actual, 1e-4, $"layer {layer}, {module}, [{to}, {from}]");
            }
        }
    }

    private static float[] Floats(TestTensor tensor)
    {
        float[] values = new float[tensor.Bytes.Length / sizeof(float)];
        Buffer.BlockCopy(tensor.Bytes, 0, values, 0, tensor.Bytes.Length);
        return values;
    }
}
