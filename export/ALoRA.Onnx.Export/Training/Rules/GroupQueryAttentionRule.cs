using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>
/// Attention in plain operators, so that its probabilities P are kept: with O = P·V, dS = P⊙(dO·Vᵀ − rowsum(dO⊙O)), times 1 − tanh² under
/// a soft cap; dq = scale·dS·K, dk = scale·dSᵀ·q, dv = Pᵀ·dO. The prefix is constant: its keys and values get no gradient, and are
/// never copied together with the new ones, products with either are.
/// </summary>
internal sealed class GroupQueryAttentionRule : GradientRule
{
    public override bool IsAlwaysWritten => true;

    public override void Add(NodeProto node, GradientTape tape, TrainingInputs inputs)
    {
        AttentionHeads heads = new(node, tape.Nodes, inputs);
        bool combined = node.Input[1].Length == 0;
        string[] projected = combined ? heads.Split(node.Input[0]) : [.. node.Input.Take(3)];
        string query = heads.Queries(heads.Rotate(projected[0], heads.Count, back: false));
        (string key, string value) = (heads.Keys(heads.Rotate(projected[1], heads.KeyCount, back: false)), heads.Keys(projected[2]));
        PastAndNew products = new(heads, tape.Nodes, inputs);

        float cap = node.Float("softcap");
        string scores = products.WithTransposed(query, heads.PastKey, key, cap > 0 ? heads.Scale / cap : heads.Scale);
        string? capped = cap > 0 ? tape.Nodes.Add("Tanh", [scores]) : null;
        scores = capped is null ? scores : tape.Nodes.Add("Mul", [capped, tape.Nodes.Scalar(cap)]);
        string biased = tape.Nodes.Add("Add", [scores, inputs.Bias(Math.Max(node.Int("local_window_size", -1), 0), heads.Group)]);
        string probabilities = tape.Nodes.Add("Softmax", [biased], Attribute.Int("axis", -1));
        string[] columns = products.Split(probabilities);
        string attended = products.With(columns, heads.PastValue, value);
        tape.Nodes.AddNamed(node.Output[0], "Reshape", [heads.MergeQueries(attended), tape.Nodes.Vector(0, 0, heads.Count * heads.Size)]);
        if (!node.Input.Take(3).Any(tape.Requires))
        {
            return;
        }

        tape.Record(node.Output[0], node.Input.Take(3), gradient =>
        {
            TrainingNodes nodes = tape.Nodes;
            string dAttended = heads.Queries(gradient);
            string dProbabilities = products.WithTransposed(dAttended, heads.PastValue, value, 1);
            string rows = nodes.Add(
                "ReduceSum", [nodes.Add("Mul", [dAttended, attended]), nodes.Vector(-1)], Attribute.Int("keepdims", 1));
            string dScores = nodes.Add("Mul", [probabilities, nodes.Add("Sub", [dProbabilities, rows])]);
            if (capped is not null)
            {
                string rest = nodes.Add("Sub", [nodes.Scalar(1), nodes.Add("Mul", [capped, capped])]);
                dScores = nodes.Add("Mul", [dScores, rest]);
            }

            string[] parts = products.Split(dScores);
            string dQuery = products.With(parts, heads.PastKey, key, heads.Scale);
            string dKey = nodes.Add(
                "FusedMatMul", [parts[^1], query], Attribute.Int("transA", 1), Attribute.Float("alpha", heads.Scale));
            string dValue = nodes.Add("FusedMatMul", [columns[^1], dAttended], Attribute.Int("transA", 1));
            string merged = nodes.Add("Reshape", [heads.MergeQueries(dQuery), nodes.Vector(0, 0, heads.Count * heads.Size)]);
            string[] gradients =
            [
                heads.Rotate(merged, heads.Count, back: true), heads.Rotate(heads.MergeKeys(dKey), heads.KeyCount, back: true),
                heads.MergeKeys(dValue),
            ];
            if (combined)
            {
                tape.Give(node.Input[0], nodes.Add("Concat", gradients, Attribute.Int("axis", -1)));
                return;
            }

            for (int i = 0; i < gradients.Length; i++)
            {
                tape.Give(node.Input[i], gradients[i]);
            }
        });
    }
}

/// <summary>Products with keys or values of the prefix and with new ones, whose columns or sums are put together.</summary>
internal sealed class PastAndNew(AttentionHeads heads, TrainingNodes nodes, TrainingInputs inputs)
{
    /// <summary>α · left · [past | new]ᵀ.</summary>
    public string WithTransposed(string left, string past, string added, float alpha)
    {
        string suffix = Product(left, added, alpha);
        return inputs.HasPrefix
            ? nodes.Add("Concat", [Wide(Product(Narrow(left), past, alpha)), suffix], Attribute.Int("axis", 3))
            : suffix;
    }

    /// <summary>α · left · [past | new], where left is given in its two parts.</summary>
    public string With(string[] left, string past, string added, float alpha = 1)
    {
        string suffix = Scaled(left[^1], added, alpha);
        return inputs.HasPrefix ? nodes.Add("Add", [Wide(Scaled(Narrow(left[0]), past, alpha)), suffix]) : suffix;
    }

    /// <summary>The columns of the prefix, if there is one, and those of the suffix.</summary>
    public string[] Split(string value) => inputs.HasPrefix
        ? nodes.Add("Split", 2, [value, inputs.Columns(heads.PastKey)], Attribute.Int("axis", 3))
        : [value];

    // The prefix is long and stays in the type it was computed in; what it is multiplied by follows it.
    private string Narrow(string value) => Cast(value, inputs.Cached);

    private string Wide(string value) => Cast(value, DataType.Float);

    private string Cast(string value, DataType type) =>
        inputs.Cached == DataType.Float ? value : nodes.Add("Cast", [value], Attribute.Int("to", (int)type));

    private string Product(string left, string right, float alpha) =>
        nodes.Add("FusedMatMul", [left, right], Attribute.Int("transB", 1), Attribute.Float("alpha", alpha));

    private string Scaled(string left, string right, float alpha) =>
        alpha == 1 ? nodes.Add("MatMul", [left, right]) : nodes.Add("FusedMatMul", [left, right], Attribute.Float("alpha", alpha));
}
