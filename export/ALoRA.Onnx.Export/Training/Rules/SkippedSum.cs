using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>The sum in the operators that normalise one.</summary>
internal static class SkippedSum
{
    /// <summary>Adds it and its rule.</summary>
    /// <param name="node">The operator, whose first two inputs are the summands.</param>
    /// <param name="output">Which output is the sum; it may be left out.</param>
    /// <param name="tape">Receives nodes and rules.</param>
    /// <returns>Name of the sum.</returns>
    public static string Add(NodeProto node, int output, GradientTape tape)
    {
        string sum = node.Output.Count > output && node.Output[output].Length > 0 ? node.Output[output] : $"{node.Name}/sum";
        tape.Nodes.AddNamed(sum, "Add", [node.Input[0], node.Input[1]]);
        tape.Record(sum, node.Input.Take(2), gradient =>
        {
            tape.Give(node.Input[0], gradient);
            tape.Give(node.Input[1], gradient);
        });
        return sum;
    }
}
