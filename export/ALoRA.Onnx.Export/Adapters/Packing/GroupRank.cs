namespace ALoRA.Onnx.Export.Adapters.Packing;

/// <summary>Rank of a group's tensors, the same in every layer.</summary>
/// <param name="Name">Name of the group.</param>
/// <param name="Rank">Sum of the ranks of its modules in the layer where that is largest.</param>
internal sealed record GroupRank(string Name, int Rank);
