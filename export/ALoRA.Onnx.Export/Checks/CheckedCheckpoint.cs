using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Checks;

/// <summary>A checkpoint that can be exported.</summary>
/// <param name="Config">Its configuration.</param>
/// <param name="Blueprint">What it describes.</param>
/// <param name="Used">The tensors that the blueprint needs, by name.</param>
/// <param name="Warnings">What was accepted although nothing in the graph honours it.</param>
internal sealed record CheckedCheckpoint(
    ModelConfig Config, DecoderBlueprint Blueprint, IReadOnlyList<CheckpointTensor> Used, IReadOnlyList<string> Warnings);
