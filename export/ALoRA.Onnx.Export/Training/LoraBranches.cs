using System.Globalization;
using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Training;

/// <summary>
/// The adapter branches of a training graph, in place of those of the inference graph: A and B of each projection as PEFT has them, so that
/// a group's B has no zeros beside its blocks and nothing is transposed, and no branch where nothing is trained.
/// </summary>
/// <remarks>
/// <code>
/// x ── (⊙ dropout) ── · [A0 | A1 | …]ᵀ ── ⊙ mask ── Split ── scale0 · B0ᵀ ── Concat ── Add
///                                                        ├── scale1 · B1ᵀ ──┘
/// </code>
/// </remarks>
internal sealed class LoraBranches
{
    private const string A = ".lora_A.weight";
    private const string ABias = ".lora_A.bias";
    private const string B = ".lora_B.weight";

    private readonly Dictionary<string, TrainedBranch> _branches;
    private readonly GradientTape _tape;
    private readonly TrainingInputs _inputs;
    private readonly bool _hasDropout;

    // What a value of the inference graph's branches is here: for those before the mask the branch's input, behind it the branch.
    private readonly Dictionary<string, (string Prefix, string Input)> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _closed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _renamed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _placed = new(StringComparer.Ordinal);
    private int _count;

    public LoraBranches(TrainingLayout layout, GradientTape tape, TrainingInputs inputs)
    {
        _branches = layout.Branches.Where(branch => branch.Rank > 0).ToDictionary(branch => branch.Prefix, StringComparer.Ordinal);
        _tape = tape;
        _inputs = inputs;
        _hasDropout = layout.HasDropout;
    }

    /// <summary>Branches whose rows are those that reach the head, not all.</summary>
    public HashSet<string> OfHeadRows { get; } = new(StringComparer.Ordinal);

    /// <summary>Declares A and B of all branches, which are what is trained.</summary>
    public void Declare()
    {
        foreach (TrainedBranch branch in _branches.Values)
        {
            for (int i = 0; i < branch.Parts.Count; i++)
            {
                TrainedPart part = branch.Parts[i];
                if (part.Rank > 0)
                {
                    Require(branch.A(i), part.Rank, branch.InputSize);
                    Require(branch.B(i), part.Size, part.Rank);
                }

                if (part is { Rank: > 0, HasBias: true })
                {
                    Require(branch.Bias(i), 1, part.Size);
                }
            }
        }
    }

    /// <summary>Takes a node that belongs to a branch; false for any other.</summary>
    public bool TryAdd(NodeProto node)
    {
        for (int i = 0; i < node.Input.Count; i++)
        {
            node.Input[i] = _renamed.GetValueOrDefault(node.Input[i], node.Input[i]);
        }

        switch (node.OpType)
        {
            case "MatMul" when Prefix(node.Input[1], A) is { } prefix:
                _open[node.Output[0]] = (prefix, node.Input[0]);
                return true;
            case "Add" when Prefix(node.Input[1], ABias) is not null:
                _open[node.Output[0]] = _open[node.Input[0]];
                return true;
            case "Mul" when _open.TryGetValue(node.Input[0], out (string Prefix, string Input) branch):
                _open[node.Output[0]] = branch;
                if (_inputs.IsSelected(node.Input[1]))
                {
                    OfHeadRows.Add(branch.Prefix);
                }

                return true;
            case "MatMul" when Prefix(node.Input[1], B) is { } prefix:
                _closed[node.Output[0]] = _branches.TryGetValue(prefix, out TrainedBranch? trained)
                    ? Add(trained, _open[node.Input[0]].Input)
                    : null;
                return true;
            case "Add" when _closed.TryGetValue(node.Input[1], out string? output):
                if (output is null)
                {
                    _renamed[node.Output[0]] = node.Input[0];
                    return true;
                }

                node.Input[1] = output;
                return false;
            default:
                return false;
        }
    }

    /// <summary>Refuses a layout that names branches which the graph has not.</summary>
    /// <exception cref="CheckpointFormatException">It does.</exception>
    public void CheckAllPlaced()
    {
        if (_branches.Keys.FirstOrDefault(prefix => !_placed.Contains(prefix)) is { } missing)
        {
            throw new CheckpointFormatException(
                $"The graph has no adapter branch '{missing}', which the manifest names. Export the checkpoint again.");
        }
    }

    private string Add(TrainedBranch branch, string input)
    {
        _placed.Add(branch.Prefix);
        string mask = _inputs.Mask(OfHeadRows.Contains(branch.Prefix));
        if (_hasDropout)
        {
            string kept = _tape.Nodes.Input(
                TrainingInputs.DropoutOf(branch.Prefix), DataType.Float, "B", OfHeadRows.Contains(branch.Prefix) ? "n" : "S",
                branch.InputSize);
            input = Apply("Mul", [input, kept]);
        }

        int[] trained = [.. Enumerable.Range(0, branch.Parts.Count).Where(i => branch.Parts[i].Rank > 0)];
        string a = trained.Length == 1
            ? branch.A(trained[0])
            : Apply("Concat", [.. trained.Select(branch.A)], Attribute.Int("axis", 0));
        string masked = Apply("Mul", [Apply("FusedMatMul", [input, a], Attribute.Int("transB", 1)), mask]);
        string[] parts = trained.Length == 1
            ? [masked]
            : Apply(
                "Split", trained.Length, [masked, _tape.Nodes.Vector([.. trained.Select(i => (long)branch.Parts[i].Rank)])],
                Attribute.Int("axis", -1));
        Queue<string> narrow = new(parts);
        string[] outputs =
        [
            .. branch.Parts.Select((part, i) => part.Rank == 0 ? Zeros(masked, part.Size) : Widen(branch, i, narrow.Dequeue(), mask)),
        ];
        return outputs.Length == 1 ? outputs[0] : Apply("Concat", outputs, Attribute.Int("axis", -1));
    }

    private string Widen(TrainedBranch branch, int index, string narrow, string mask)
    {
        TrainedPart part = branch.Parts[index];
        string wide = Apply(
            "FusedMatMul", [narrow, branch.B(index)], Attribute.Int("transB", 1), Attribute.Float("alpha", part.Scale));
        if (!part.HasBias)
        {
            return wide;
        }

        string scaled = _tape.Nodes.Add("Mul", [mask, _tape.Nodes.Scalar(part.Scale)]);
        return Apply("Add", [wide, Apply("MatMul", [scaled, branch.Bias(index)])]);
    }

    private string Zeros(string rows, int size)
    {
        string count = _tape.Nodes.Add("Shape", [rows], Attribute.Int("start", 0), Attribute.Int("end", 2));
        string shape = _tape.Nodes.Add("Concat", [count, _tape.Nodes.Vector(size)], Attribute.Int("axis", 0));
        return _tape.Nodes.Add("Expand", [_tape.Nodes.Scalar(0), shape]);
    }

    private string Apply(string operation, string[] inputs, params AttributeProto[] attributes) =>
        Apply(operation, 1, inputs, attributes)[0];

    // Nodes of a branch have rules like any other.
    private string[] Apply(string operation, int outputs, string[] inputs, params AttributeProto[] attributes)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"lora/{_count++}/{operation}");
        NodeProto node = new() { Name = name, OpType = operation, Domain = operation == "FusedMatMul" ? "com.microsoft" : "" };
        node.Input.AddRange(inputs);
        node.Output.AddRange(Enumerable.Range(0, outputs).Select(i => string.Create(CultureInfo.InvariantCulture, $"{name}/{i}")));
        node.Attribute.AddRange(attributes);
        GradientRules.Apply(node, _tape, _inputs);
        return [.. node.Output];
    }

    private void Require(string name, long rows, long columns) =>
        _tape.Require(_tape.Nodes.Input(name, DataType.Float, rows, columns), DataType.Float);

    private static string? Prefix(string value, string ending) =>
        value.EndsWith(ending, StringComparison.Ordinal) ? value[..^ending.Length] : null;
}
