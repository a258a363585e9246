using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>What every part of the graph is built from.</summary>
/// <param name="Blueprint">The decoder.</param>
/// <param name="Graph">Receives the nodes.</param>
/// <param name="Weights">Receives the weights.</param>
internal sealed record DecoderContext(DecoderBlueprint Blueprint, GraphBuilder Graph, WeightPlanner Weights);
