namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>
/// The adapter branch of an exported graph against its naive twin: a checkpoint with the adapter merged into the weights.
/// </summary>
[TestClass]
public sealed class AdapterInputsTests
{
    private const int Rank = 3;
    private const float Tolerance = 2e-5f;

    private static readonly int[] Ids = [5, 7, 1, 30, 22, 9, 41, 2];
    private static readonly long[] AllPositions = [.. Enumerable.Range(0, Ids.Length).Select(i => (long)i)];

    private static readonly (string Group, string Path, int Inputs, (string Module, int Size)[] Parts)[] Groups =
    [
        ("qkv", "self_attn.qkv_proj", 64, [("self_attn.q_proj", 64), ("self_attn.k_proj", 32), ("self_attn.v_proj", 32)]),
        ("o", "self_attn.o_proj", 64, [("self_attn.o_proj", 64)]),
        ("gate_up", "mlp.gate_up_proj", 64, [("mlp.gate_proj", 96), ("mlp.up_proj", 96)]),
        ("down", "mlp.down_proj", 96, [("mlp.down_proj", 64)]),
    ];

    [TestMethod]
    [DataRow("llama")]
    [DataRow("granite")]
    public async Task Run_MaskOfOneForAllPositions_EqualsTheMergedModel(string modelType)
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new(modelType);
        Dictionary<string, (float[] Values, long[] Shape)> adapter = RandomAdapter(checkpoint, out Action<SyntheticCheckpoint> merge);
        string target = await ExportAsync(temporary, checkpoint, "model");
        SyntheticCheckpoint merged = new(modelType);
        merge(merged);
        string mergedTarget = await ExportAsync(temporary, merged, "merged");

        float[] expected = Run(mergedTarget, null);
        adapter["activation_mask"] = ([1], [1, 1, 1]);
        AssertClose(expected, Run(target, adapter));
        adapter["activation_mask"] = ([.. Enumerable.Repeat(1f, Ids.Length)], [1, Ids.Length, 1]);
        AssertClose(expected, Run(target, adapter));
    }

    [TestMethod]
    public async Task Run_MaskOfZero_EqualsTheBaseBitForBit()
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        Dictionary<string, (float[] Values, long[] Shape)> adapter = RandomAdapter(checkpoint, out _);
        string target = await ExportAsync(temporary, checkpoint, "model");
        float[] expected = Run(target, null);

        CollectionAssert.AreEqual(expected, Run(target, adapter), "the mask's default is zero");
        adapter["activation_mask"] = (new float[Ids.Length], [1, Ids.Length, 1]);
        CollectionAssert.AreEqual(expected, Run(target, adapter));
    }

    [TestMethod]
    public async Task Run_MaskFromAPositionOn_EqualsTheBaseBeforeItAndAdaptedRowsOnTheBaseCacheAfterIt()
    {
        const int Start = 5;
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        Dictionary<string, (float[] Values, long[] Shape)> adapter = RandomAdapter(checkpoint, out _);
        string target = await ExportAsync(temporary, checkpoint, "model");
        float[] baseLogits = Run(target, null);

        float[] mask = [.. Enumerable.Range(0, Ids.Length).Select(i => i < Start ? 0f : 1f)];
        adapter["activation_mask"] = (mask, [1, Ids.Length, 1]);
        float[] masked = Run(target, adapter);

        adapter["activation_mask"] = ([1], [1, 1, 1]);
        using GraphRunner runner = new(target, Ids.Length);
        runner.Run(Ids.AsSpan(0, Start), []);
        float[] rest = runner.Run(Ids.AsSpan(Start), [.. AllPositions.Take(Ids.Length - Start)], adapter);

        CollectionAssert.AreEqual(
            baseLogits[..(Start * SyntheticCheckpoint.Vocabulary)], masked[..(Start * SyntheticCheckpoint.Vocabulary)]);
        AssertClose(rest, masked[(Start * SyntheticCheckpoint.Vocabulary)..]);
    }

    [TestMethod]
    public async Task Run_TwoSlots_EachRowFollowsTheSlotThatItsMaskNames()
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        Dictionary<string, (float[] Values, long[] Shape)> first = RandomAdapter(checkpoint, out _);
        Dictionary<string, (float[] Values, long[] Shape)> second = RandomAdapter(checkpoint, out _);
        string target = await ExportAsync(temporary, checkpoint, "model");
        Dictionary<string, (float[] Values, long[] Shape)> both = new(StringComparer.Ordinal);
        foreach ((string name, (float[] values, long[] shape)) in first)
        {
            both[name] = name.EndsWith("lora_A.weight", StringComparison.Ordinal)
                ? (SideBySide(values, second[name].Values, (int)shape[0]), [shape[0], 2 * shape[1]])
                : ([.. values, .. second[name].Values], [2 * shape[0], shape[1]]);
        }

        foreach ((int slot, Dictionary<string, (float[] Values, long[] Shape)> single) in new[] { (0, first), (1, second) })
        {
            single["activation_mask"] = ([1], [1, 1, 1]);
            both["activation_mask"] = (slot == 0 ? [1, 0] : [0, 1], [1, 1, 2]);
            AssertClose(Run(target, single), Run(target, both));
        }
    }

    [TestMethod]
    public async Task Run_SomeLogitsPositions_GivesTheRowsOfTheFullRun()
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        Dictionary<string, (float[] Values, long[] Shape)> adapter = RandomAdapter(checkpoint, out _);
        adapter["activation_mask"] = ([0, 0, 1, 1, 0, 1, 1, 1], [1, Ids.Length, 1]);
        string target = await ExportAsync(temporary, checkpoint, "model");
        float[] all = Run(target, adapter);

        using GraphRunner some = new(target, Ids.Length);
        float[] rows = some.Run(Ids, [6, 2], adapter);
        using GraphRunner last = new(target, Ids.Length);
        float[] fromEnd = last.Run(Ids, [-1], adapter);
        using GraphRunner none = new(target, Ids.Length);

        AssertClose([.. Row(all, 6), .. Row(all, 2)], rows);
        AssertClose(Row(all, Ids.Length - 1), fromEnd);
        Assert.IsEmpty(none.Run(Ids, [], adapter));
    }

    [TestMethod]
    public async Task Export_SomeAdapterGroups_OnlyTheseHaveInputs()
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        string source = checkpoint.Write(temporary["checkpoint"]);
        await Exporter.ExportAsync(source, temporary["model"], new ExportOptions { AdapterGroups = ["qkv"] });
        await Exporter.ExportAsync(source, temporary["bare"], new ExportOptions { AdapterGroups = [] });

        using GraphRunner runner = new(temporary["model"], Ids.Length);
        using GraphRunner bare = new(temporary["bare"], Ids.Length);
        CollectionAssert.AreEquivalent(
            new[]
            {
                "activation_mask", "model.layers.0.self_attn.qkv_proj.lora_A.weight", "model.layers.0.self_attn.qkv_proj.lora_B.weight",
                "model.layers.1.self_attn.qkv_proj.lora_A.weight", "model.layers.1.self_attn.qkv_proj.lora_B.weight",
            },
            runner.OverridableNames.ToArray());
        Assert.IsEmpty(bare.OverridableNames);
        CollectionAssert.AreEqual(runner.Run(Ids, AllPositions), bare.Run(Ids, AllPositions));
    }

    private static async Task<string> ExportAsync(TemporaryFolder temporary, SyntheticCheckpoint checkpoint, string name)
    {
        await Exporter.ExportAsync(checkpoint.Write(temporary[name + "-checkpoint"]), temporary[name]);
        return temporary[name];
    }

    private static float[] Run(string folder, IReadOnlyDictionary<string, (float[] Values, long[] Shape)>? adapter)
    {
        using GraphRunner runner = new(folder, Ids.Length);
        return runner.Run(Ids, AllPositions, adapter);
    }

    // A [in, r] and B [r, out] for every group of both layers, and what merging them does to a checkpoint's weights.
    private static Dictionary<string, (float[] Values, long[] Shape)> RandomAdapter(
        SyntheticCheckpoint random, out Action<SyntheticCheckpoint> merge)
    {
        Dictionary<string, (float[] Values, long[] Shape)> adapter = new(StringComparer.Ordinal);
        for (int layer = 0; layer < 2; layer++)
        {
            foreach ((_, string path, int inputs, (string Module, int Size)[] parts) in Groups)
            {
                int outputs = parts.Sum(part => part.Size);
                adapter[$"model.layers.{layer}.{path}.lora_A.weight"] = (random.RandomValues(inputs * Rank, 0.2), [inputs, Rank]);
                adapter[$"model.layers.{layer}.{path}.lora_B.weight"] = (random.RandomValues(Rank * outputs, 0.2), [Rank, outputs]);
            }
        }

        merge = checkpoint =>
        {
            for (int layer = 0; layer < 2; layer++)
            {
                foreach ((_, string path, int inputs, (string Module, int Size)[] parts) in Groups)
                {
                    float[] a = adapter[$"model.layers.{layer}.{path}.lora_A.weight"].Values;
                    float[] b = adapter[$"model.layers.{layer}.{path}.lora_B.weight"].Values;
                    int outputs = parts.Sum(part => part.Size);
                    int column = 0;
                    foreach ((string module, int size) in parts)
                    {
                        float[] weight = checkpoint.Tensors[$"model.layers.{layer}.{module}.weight"].Values;
                        for (int output = 0; output < size; output++, column++)
                        {
                            for (int input = 0; input < inputs; input++)
                            {
                                double sum = 0;
                                for (int r = 0; r < Rank; r++)
                                {
                                    sum += (double)a[(input * Rank) + r] * b[(r * outputs) + column];
                                }

                                weight[(output * inputs) + input] += (float)sum;
                            }
                        }
                    }
                }
            }
        };
        return adapter;
    }

    private static float[] SideBySide(float[] left, float[] right, int rows)
    {
        int columns = left.Length / rows;
        return [.. Enumerable.Range(0, rows).SelectMany(row =>
            left.Skip(row * columns).Take(columns).Concat(right.Skip(row * columns).Take(columns)))];
    }

    private static float[] Row(float[] logits, int row) =>
        logits[(row * SyntheticCheckpoint.Vocabulary)..((row + 1) * SyntheticCheckpoint.Vocabulary)];

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        float largest = Deviation.Largest(expected, actual);
        float scale = expected.Max(Math.Abs);
        Assert.IsLessThanOrEqualTo(Tolerance * Math.Max(1, scale), largest);
    }
}
