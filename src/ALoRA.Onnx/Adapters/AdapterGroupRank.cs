namespace ALoRA.Onnx;

/// <summary>Rank of an adapter in one of the model's groups.</summary>
/// <param name="Name">Name of the group, as in <see cref="AdapterGroup.Name"/>.</param>
/// <param name="Rank">Columns of A and rows of B in every layer: the ranks of the group's projections together.</param>
public sealed record AdapterGroupRank(string Name, int Rank);
