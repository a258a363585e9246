using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Calibration;

/// <summary>A part of the decoder that runs by itself: from the input of one projection to the input of the next.</summary>
/// <param name="Nodes">Its nodes in the order of the graph.</param>
/// <param name="Inputs">Values of earlier stages that it reads, float32 <c>[1, tokens, …]</c>.</param>
/// <param name="Kept">Values that later stages read, its own and earlier ones.</param>
/// <param name="ProjectionInput">Input of the projection that the stage ends at.</param>
internal sealed record GraphStage(
    IReadOnlyList<NodeProto> Nodes, IReadOnlyList<string> Inputs, IReadOnlySet<string> Kept, string ProjectionInput);
