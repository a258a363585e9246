using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Graphs.Proto;
using ALoRA.Onnx.Export.Training;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;

namespace ALoRA.Onnx.Export.Tests.Training.Rules;

/// <summary>Rules of attention and of rotations outside of it.</summary>
[TestClass]
public sealed class AttentionRuleTests
{
    private const int Batch = 2;
    private const int Suffix = 3;
    private const int Prefix = 2;
    private const int Size = 16;

    // Heads, key heads, one value for all three, prefix, rotated elements of a head, soft cap, window.
    [TestMethod]
    [DataRow(2, 1, true, true, 16, 0f, 0)]
    [DataRow(4, 2, true, true, 0, 0f, 0)]
    [DataRow(2, 2, false, true, 16, 0f, 0)]
    [DataRow(2, 1, false, false, 16, 0f, 0)]
    [DataRow(2, 1, true, true, 16, 0.5f, 0)]
    [DataRow(2, 1, true, false, 16, 0.5f, 2)]
    [DataRow(2, 1, true, true, 16, 0f, 2)]
    public void Compare_GroupQueryAttention_GivesQueriesKeysAndValues(
        int heads, int keyHeads, bool combined, bool hasPrefix, int rotated, float cap, int window)
    {
        RuleCheck check = new() { HasPrefix = hasPrefix };
        string[] projected = combined
            ? [check.Trained("qkv", Batch, Suffix, (heads + (2 * keyHeads)) * Size), "", ""]
            :
            [
                check.Trained("q", Batch, Suffix, heads * Size), check.Trained("k", Batch, Suffix, keyHeads * Size),
                check.Trained("v", Batch, Suffix, keyHeads * Size),
            ];
        string[] inputs =
        [
            .. projected, check.Past(GraphNames.PastKey(0), Batch, keyHeads, Prefix, Size),
            check.Past(GraphNames.PastValue(0), Batch, keyHeads, Prefix, Size), "seqlens_k", "total_sequence_length",
            .. rotated > 0 ? [Table(check, "cos", rotated, Math.Cos), Table(check, "sin", rotated, Math.Sin)] : Array.Empty<string>(),
        ];
        List<AttributeProto> attributes =
        [
            Attribute.Int("num_heads", heads), Attribute.Int("kv_num_heads", keyHeads), Attribute.Float("scale", 0.4f),
            Attribute.Int("do_rotary", rotated > 0 ? 1 : 0),
        ];
        if (cap > 0)
        {
            attributes.Add(Attribute.Float("softcap", cap));
        }

        if (window > 0)
        {
            attributes.Add(Attribute.Int("local_window_size", window));
        }

        check.Node("GroupQueryAttention", inputs, ["y", "present.0.key", "present.0.value"], [.. attributes]);
        Rows(check, hasPrefix ? Prefix : 0, window);
        check.Weight("y", Batch, Suffix, heads * Size);

        check.Compare("y");
    }

    [TestMethod]
    public void Apply_AttentionWithInterleavedRotation_IsRefusedByName()
    {
        RuleCheck check = new();
        string[] inputs =
        [
            check.Trained("qkv", Batch, Suffix, 3 * Size), "", "", check.Past(GraphNames.PastKey(0), Batch, 1, Prefix, Size),
            check.Past(GraphNames.PastValue(0), Batch, 1, Prefix, Size), "seqlens_k", "total_sequence_length",
        ];
        check.Node(
            "GroupQueryAttention", inputs, ["y"], Attribute.Int("num_heads", 1), Attribute.Int("kv_num_heads", 1),
            Attribute.Int("rotary_interleaved", 1));
        check.Weight("y", Batch, Suffix, Size);
        NotSupportedException refused = Assert.ThrowsExactly<NotSupportedException>(() => check.Compare("y"));
        StringAssert.Contains(refused.Message, "the operator GroupQueryAttention with a bias, sinks or interleaved rotation");
    }

    [TestMethod]
    [DataRow(16)]
    [DataRow(6)]
    public void Compare_RotaryEmbedding_RotatesBack(int rotated)
    {
        RuleCheck check = new();
        string[] inputs =
        [
            check.Trained("x", Batch, Suffix, 2 * Size), check.Integers("positions", 0L), Table(check, "cos", rotated, Math.Cos),
            Table(check, "sin", rotated, Math.Sin),
        ];
        check.Node(
            "RotaryEmbedding", inputs, ["y"], Attribute.Int("num_heads", 2),
            Attribute.Int("rotary_embedding_dim", rotated == Size ? 0 : rotated));
        Rows(check, Prefix, 0);
        check.Weight("y", Batch, Suffix, 2 * Size);

        check.Compare("y");
    }

    // A prefix that is one row shorter than the batch's in the second sequence, as a batch of mixed lengths has.
    private static void Rows(RuleCheck check, int prefix, int window)
    {
        check.Given(GraphNames.InputIds, new long[Batch * Suffix], Batch, Suffix);
        check.Given(
            GraphNames.PositionIds, [.. Enumerable.Range(0, Batch * Suffix).Select(i => (long)((i % Suffix) + prefix))], Batch, Suffix);
        int columns = prefix + Suffix;
        float[] bias = new float[Batch * Suffix * columns];
        for (int i = 0; i < bias.Length; i++)
        {
            (int b, int row, int column) = (i / columns / Suffix, i / columns % Suffix, i % columns);
            bool seen = column <= prefix + row && column >= (prefix > 0 ? b : 0) && (window == 0 || column > prefix + row - window);
            bias[i] = seen ? 0 : -1e9f;
        }

        check.Given(TrainingInputs.BiasOf(window), bias, Batch, 1, Suffix, columns);
    }

    private static string Table(RuleCheck check, string name, int rotated, Func<double, double> function) => check.Stored(
        name, [8, rotated / 2],
        [.. Enumerable.Range(0, 8 * rotated / 2).Select(
            i => (float)function(i / (rotated / 2) * Math.Pow(10, -2.0 * (i % (rotated / 2)) / rotated)))]);
}
