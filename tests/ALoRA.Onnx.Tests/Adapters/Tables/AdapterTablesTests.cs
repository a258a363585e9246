using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
using ALoRA.Onnx.Tests.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Adapters.Tables;

[TestClass]
public sealed class AdapterTablesTests
{
    private const int Inputs = 8;

    private static readonly int[] Sizes = [4, 2, 2];

    /// <summary>What a row of a place computes is what the file's tensors compute, for ranks that differ from part to part.</summary>
    [TestMethod]
    [DataRow(TensorElementType.Float, false)]
    [DataRow(TensorElementType.BFloat16, false)]
    [DataRow(TensorElementType.Float, true)]
    [DataRow(TensorElementType.BFloat16, true)]
    public void Write_RanksThatDiffer_ComputesWhatTheFileDoes(TensorElementType type, bool isPadded)
    {
        ModelManifest model = Model();
        const int Room = 8;
        for (int seed = 0; seed < 8; seed++)
        {
            Random random = new(seed);
            int[] ranks = [random.Next(0, 6), random.Next(0, 4), random.Next(1, 6)];
            Adapter adapter = Create("a", ranks, random);
            AdapterLayout layout = AdapterLayout.Of(adapter, model);
            int rank = layout.Ranks[1];
            Assert.AreEqual(ranks.Max(), rank);
            TableForm form = new(isPadded, TensorElementType.Float, type);
            AdapterGroup group = model.AdapterGroups[1];
            for (int layer = 0; layer < 2; layer++)
            {
                float[] a = Weights(adapter, group.InputNameOfA(layer));
                float[] b = Weights(adapter, group.InputNameOfB(layer));
                byte[] placeA = new byte[Inputs * Sizes.Length * Room * ElementTypes.SizeOf(type)];
                byte[] placeB = new byte[Sizes.Sum() * Room * ElementTypes.SizeOf(type)];
                Array.Fill(placeA, (byte)0xEE);
                Array.Fill(placeB, (byte)0xEE);
                form.WriteA(group, 1, layer, layout, Room, MemoryMarshal.AsBytes(a.AsSpan()), placeA);
                form.WriteB(group, 1, layer, layout, Room, MemoryMarshal.AsBytes(b.AsSpan()), placeB);
                double[,] expected = Product(a, b, ranks.Sum());
                double[,] got = Product(Floats(placeA, type), Floats(placeB, type), isPadded ? Room : rank, isPadded);
                for (int i = 0; i < Inputs; i++)
                {
                    for (int o = 0; o < Sizes.Sum(); o++)
                    {
                        Assert.AreEqual(expected[i, o], got[i, o], 1e-6, $"seed {seed}, layer {layer}, [{i}, {o}]");
                    }
                }
            }
        }
    }

    [TestMethod]
    public void TryAcquire_AllPlacesAreHeld_GivesNoneUntilOneIsGivenUp()
    {
        using AdapterTables tables = Tables();
        Adapter[] adapters = [.. Enumerable.Range(0, 18).Select(i => Create($"a{i}", [2, 1, 2], new Random(i)))];
        AdapterSlot[] held = [.. adapters[..16].Select(adapter => tables.TryAcquire(adapter, TensorElementType.Float)!)];
        CollectionAssert.AreEqual(Enumerable.Range(0, 16).ToArray(), held.Select(slot => slot.Index).ToArray());
        Assert.IsNull(tables.TryAcquire(adapters[16], TensorElementType.Float));
        held[5].Dispose();
        held[3].Dispose();

        // The one that was unused longest goes; whoever is still there comes back to its own place.
        using AdapterSlot new16 = tables.TryAcquire(adapters[16], TensorElementType.Float)!;
        Assert.AreEqual(5, new16.Index);
        using AdapterSlot old3 = tables.TryAcquire(adapters[3], TensorElementType.Float)!;
        Assert.AreEqual(3, old3.Index);
        Assert.IsNull(tables.TryAcquire(adapters[5], TensorElementType.Float));
    }

    [TestMethod]
    public void TryAcquire_HigherRank_GetsALargerTableAndTheOldOneGoesWithItsLastHolder()
    {
        using AdapterTables tables = Tables();
        AdapterSlot low = tables.TryAcquire(Create("low", [2, 1, 2], new Random(1)), TensorElementType.Float)!;
        long small = tables.Bytes;
        using AdapterSlot high = tables.TryAcquire(Create("high", [20, 1, 2], new Random(2)), TensorElementType.Float)!;
        Assert.AreNotSame(low.Table, high.Table);
        CollectionAssert.AreEqual(new[] { 0, 32 }, high.Table.Ranks.ToArray());
        long both = tables.Bytes;
        low.Dispose();
        Assert.AreEqual(both - small, tables.Bytes);
    }

    [TestMethod]
    public void Forget_UnloadedAdapter_FreesItsPlaceAndNeverServesAnotherOfItsName()
    {
        using AdapterTables tables = Tables();
        Adapter first = Create("a", [2, 1, 2], new Random(1));
        tables.TryAcquire(first, TensorElementType.Float)!.Dispose();
        tables.Forget(first);
        Adapter second = Create("a", [2, 1, 2], new Random(2));
        using AdapterSlot slot = tables.TryAcquire(second, TensorElementType.Float)!;
        Assert.AreEqual(0, slot.Index);
        Assert.AreSame(second, slot.Table.AdapterAt(0));
    }

    [TestMethod]
    public void FitsBFloat16_OneBitTooMany_SaysSo()
    {
        float[] weights = [.. Enumerable.Range(0, 37).Select(i => 1.5f + i)];
        Assert.IsTrue(LargestWeight.FitsBFloat16(MemoryMarshal.AsBytes(weights.AsSpan())));
        foreach (int at in (int[])[0, 17, 36])
        {
            float[] other = [.. weights];
            other[at] = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(other[at]) | 1);
            Assert.IsFalse(LargestWeight.FitsBFloat16(MemoryMarshal.AsBytes(other.AsSpan())));
        }
    }

    private static AdapterTables Tables() => new(Model(), TensorMemory.Host, NullLogger.Instance);

    private static ModelManifest Model() => TestManifest.Read(json => json["adapter_groups"]!.AsArray().Add(new JsonObject
    {
        ["name"] = "qkv",
        ["prefix"] = "model.layers.{layer}.self_attn.qkv_proj",
        ["input_size"] = Inputs,
        ["outputs"] = new JsonArray(
            [.. Sizes.Select((size, i) => (JsonNode)new JsonObject { ["module"] = $"self_attn.{i}", ["size"] = size })]),
    }));

    // Values that bfloat16 holds exactly, block by block as the converter lays them out.
    private static Adapter Create(string name, int[] ranks, Random random)
    {
        using TemporaryFolder folder = new();
        int rank = ranks.Sum();
        List<(string Name, long[] Shape, float[] Values)> tensors = [];
        for (int layer = 0; layer < 2; layer++)
        {
            float[] b = new float[rank * Sizes.Sum()];
            for (int part = 0, row = 0, column = 0; part < ranks.Length; column += Sizes[part++])
            {
                for (int k = 0; k < ranks[part]; k++, row++)
                {
                    for (int i = 0; i < Sizes[part]; i++)
                    {
                        b[(row * Sizes.Sum()) + column + i] = random.Next(1, 120) / 8f;
                    }
                }
            }

            string prefix = $"model.layers.{layer}.self_attn.qkv_proj";
            tensors.Add((
                $"{prefix}.lora_A.weight", [Inputs, rank],
                [.. Enumerable.Range(0, Inputs * rank).Select(_ => random.Next(-120, 120) / 16f)]));
            tensors.Add(($"{prefix}.lora_B.weight", [rank, Sizes.Sum()], b));
        }

        TestAdapter.Write(
            folder.Path, name, json => json["groups"] = new JsonArray(new JsonObject { ["name"] = "qkv", ["rank"] = rank }), [.. tensors]);
        AdapterManifest manifest = AdapterManifest.Read(folder.Path);
        return new Adapter(
            name, folder.Path, manifest, AdapterWeights.Read(folder[manifest.WeightsFile], manifest, Model(), TensorMemory.Host));
    }

    private static float[] Weights(Adapter adapter, string name) =>
        adapter.Weights.HostInputs.Single(input => input.InputName == name).Value.GetTensorDataAsSpan<float>().ToArray();

    private static float[] Floats(byte[] place, TensorElementType type) => type == TensorElementType.Float
        ? MemoryMarshal.Cast<byte, float>(place).ToArray()
        : [.. MemoryMarshal.Cast<byte, ushort>(place).ToArray().Select(bits => BitConverter.UInt32BitsToSingle((uint)bits << 16))];

    private static double[,] Product(float[] a, float[] b, int rank)
    {
        double[,] product = new double[Inputs, Sizes.Sum()];
        for (int i = 0; i < Inputs; i++)
        {
            for (int o = 0; o < Sizes.Sum(); o++)
            {
                product[i, o] = Enumerable.Range(0, rank).Sum(k => (double)a[(i * rank) + k] * b[(k * Sizes.Sum()) + o]);
            }
        }

        return product;
    }

    // As the operators read a place.
    private static double[,] Product(float[] a, float[] b, int rank, bool isPadded)
    {
        double[,] product = new double[Inputs, Sizes.Sum()];
        for (int part = 0, first = 0; part < Sizes.Length; first += Sizes[part++])
        {
            for (int i = 0; i < Inputs; i++)
            {
                for (int o = first; o < first + Sizes[part]; o++)
                {
                    for (int k = 0; k < rank; k++)
                    {
                        int row = (part * rank) + k;
                        product[i, o] += isPadded
                            ? (double)a[(row * Inputs) + i] * b[(o * rank) + k]
                            : (double)a[(i * Sizes.Length * rank) + row] * b[(k * Sizes.Sum()) + o];
                    }
                }
            }
        }

        return product;
    }
}
