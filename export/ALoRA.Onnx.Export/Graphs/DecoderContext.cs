using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>What every part of the graph is built from.</summary>
/// <param name="Blueprint">The decoder.</param>
/// <param name="Graph">Receives the nodes.</param>
/// <param name="Weights">Receives the weights.</param>
/// <param name="Precision">How matrices are held.</param>
/// <param name="HasAdapterBias">Whether adapter groups take a bias.</param>
/// <param name="Kind">What the graph is for.</param>
internal sealed record DecoderContext(
    DecoderBlueprint Blueprint, GraphBuilder Graph, WeightPlanner Weights, PrecisionPlan Precision, bool HasAdapterBias, GraphKind Kind)
{
    /// <summary>Multiplies with the weights.</summary>
    public MatrixProduct Products { get; } = new(
        Graph, Precision.AccuracyLevel,
        knowsShapes: Kind is not (GraphKind.Step or GraphKind.Branches)
            && (Kind is not GraphKind.Fused || Graph.Activations == ActivationType.Float32));

    /// <summary>Multiplies a few rows with the weights by an operator of our own.</summary>
    public FusedProduct FusedProducts => new(this);
}
