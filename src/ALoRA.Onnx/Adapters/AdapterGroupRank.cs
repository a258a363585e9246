namespace ALoRA.Onnx.Adapters;

/// <summary>Rank of an adapter in one of the model's groups.</summary>
/// <param name="Name">Name of the group, as the model has it.</param>
/// <param name="Rank">Columns of A and rows of B in every layer: the ranks of the group's projections together.</param>
internal sealed record AdapterGroupRank(string Name, int Rank);
