using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training;

/// <summary>How a kind of operator passes gradients on: its vector-Jacobian product. A rule keeps nothing between two nodes.</summary>
internal abstract class GradientRule
{
    /// <summary>Whether the node is written in other operators even where nothing that is trained stands before it.</summary>
    public virtual bool IsAlwaysWritten => false;

    /// <summary>Adds the node, in other operators if need be, and writes down what its gradients are.</summary>
    /// <param name="node">A node of the inference graph; some input depends on what is trained.</param>
    /// <param name="tape">Receives nodes and rules.</param>
    /// <param name="inputs">Inputs of the training graph.</param>
    public abstract void Add(NodeProto node, GradientTape tape, TrainingInputs inputs);
}

/// <summary>A rule for an operator with one output that stays as it is.</summary>
internal abstract class PlainRule : GradientRule
{
    public sealed override void Add(NodeProto node, GradientTape tape, TrainingInputs inputs)
    {
        tape.Nodes.Add(node);
        tape.Record(node, gradient => Give(node, gradient, tape));
    }

    /// <summary>Gives the gradients of the inputs.</summary>
    protected abstract void Give(NodeProto node, string gradient, GradientTape tape);
}
