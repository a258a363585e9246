using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Graphs.Proto;
using Google.Protobuf;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Training;

/// <summary>
/// Reverse-mode differentiation of an exported graph: <c>model.onnx</c> becomes a training graph over the same <c>model.onnx.data</c>, with
/// one rule for each operator kind.
/// </summary>
/// <remarks>
/// Inputs are those of <see cref="TrainingInputs"/>, keys and values of the prefix, and A and B. Outputs: the loss, which is
/// −Σ weight · log softmax(logits)[label], the largest logit's id of each row, <c>[B, n]</c>, and the gradient of each A and B.
/// </remarks>
internal sealed class TrainingGraph
{
    public const string Loss = "loss";
    public const string Largest = "argmax";

    // The gradient of a mean over many labels would lose its small elements where it passes float16. A power of two loses nothing.
    private const float ScaleOfFloat16 = 1024;

    private TrainingGraph(ModelProto model, IReadOnlyList<long> windows, IReadOnlySet<string> headRows, float gradientScale)
    {
        GradientScale = gradientScale;
        Model = model;
        Windows = windows;
        BranchesOfHeadRows = headRows;
        Inputs = model.Graph.Input.Select(input => input.Name).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The graph.</summary>
    public ModelProto Model { get; }

    /// <summary>Windows of the layers, each of which has a bias of its own; 0 stands for none.</summary>
    public IReadOnlyList<long> Windows { get; }

    /// <summary>Prefixes of the branches whose dropout mask is over the rows that reach the head.</summary>
    public IReadOnlySet<string> BranchesOfHeadRows { get; }

    /// <summary>Names of the inputs; those that a model does not read, such as positions where nothing is rotated, are not there.</summary>
    public IReadOnlySet<string> Inputs { get; }

    /// <summary>What all gradients are multiplied by, a power of two; 1 unless products are computed in float16.</summary>
    public float GradientScale { get; }

    /// <summary>Name of the gradient of an A or B.</summary>
    public static string GradientOf(string name) => $"grad/{name}";

    /// <summary>Reads an exported graph and differentiates it.</summary>
    /// <param name="path">Path of <c>model.onnx</c>; its data file is not read.</param>
    /// <param name="layout">What is trained.</param>
    /// <exception cref="CheckpointFormatException">The graph is malformed, or not of this exporter.</exception>
    /// <exception cref="NotSupportedException">An operator has no rule.</exception>
    public static TrainingGraph Read(string path, TrainingLayout layout)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return Build(ModelProto.Parser.ParseFrom(stream), layout);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new CheckpointFormatException($"{path}: expected an ONNX graph ({e.Message}). Export the checkpoint again.", e);
        }
    }

    /// <summary>Differentiates a graph.</summary>
    public static TrainingGraph Build(ModelProto model, TrainingLayout layout)
    {
        TrainingNodes nodes = new(model.Graph);
        GradientTape tape = new(nodes, sharesBytes: layout.PageSize > 0, layout.DecodedRows);
        TrainingInputs inputs = new(nodes, layout);
        inputs.Declare();
        LoraBranches branches = new(layout, tape, inputs);
        branches.Declare();
        NarrowProducts products = new(tape, inputs);
        foreach (NodeProto node in model.Graph.Node.Select(node => node.Clone()))
        {
            if (!branches.TryAdd(node))
            {
                products.Add(node);
            }
        }

        branches.CheckAllPlaced();
        float scale = inputs.Narrow == DataType.Float16 || inputs.Cached == DataType.Float16 ? ScaleOfFloat16 : 1;
        AddLoss(tape, layout.Backward, scale);
        if (layout.Backward)
        {
            AddGradients(tape, layout);
        }

        return new TrainingGraph(nodes.Build(model), [.. inputs.Windows], branches.OfHeadRows, scale);
    }

    // dlogits = weight ⊙ (softmax − onehot(label)).
    private static void AddLoss(GradientTape tape, bool backward, float scale)
    {
        TrainingNodes nodes = tape.Nodes;
        string logits = GraphNames.Logits;
        string logProbabilities = nodes.Add("LogSoftmax", [logits], Attribute.Int("axis", -1));
        string labels = nodes.Add("Unsqueeze", [TrainingInputs.Labels, nodes.Vector(2)]);
        string weights = nodes.Add("Unsqueeze", [TrainingInputs.Weights, nodes.Vector(2)]);
        string picked = nodes.Add("GatherElements", [logProbabilities, labels], Attribute.Int("axis", 2));
        string sum = nodes.Add("ReduceSum", [nodes.Add("Mul", [picked, weights])], Attribute.Int("keepdims", 0));
        nodes.Output(Loss, nodes.Add("Neg", [sum]), DataType.Float);
        nodes.Output(Largest, nodes.Add("ArgMax", [logits], Attribute.Int("axis", -1), Attribute.Int("keepdims", 0)), DataType.Int64);
        if (backward)
        {
            weights = scale == 1 ? weights : nodes.Add("Mul", [weights, nodes.Scalar(scale)]);
            string soft = nodes.Add("Mul", [nodes.Add("Exp", [logProbabilities]), weights]);
            tape.Give(logits, nodes.Add(
                "ScatterElements", [soft, labels, nodes.Add("Neg", [weights])], Attribute.Int("axis", 2),
                Attribute.Text("reduction", "add")));
        }
    }

    private static void AddGradients(GradientTape tape, TrainingLayout layout)
    {
        tape.Unwind();
        foreach (TrainedBranch branch in layout.Branches)
        {
            for (int i = 0; i < branch.Parts.Count; i++)
            {
                if (branch.Parts[i].Rank > 0)
                {
                    Add(branch.A(i));
                    Add(branch.B(i));
                }

                if (branch.Parts[i] is { Rank: > 0, HasBias: true })
                {
                    Add(branch.Bias(i));
                }
            }
        }

        void Add(string name) => tape.Nodes.Output(
            GradientOf(name),
            tape.Take(name) ?? throw new InvalidOperationException($"'{name}' has no gradient: the loss does not depend on it."),
            DataType.Float);
    }
}
