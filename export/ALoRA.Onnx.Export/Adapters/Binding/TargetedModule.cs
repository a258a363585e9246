namespace ALoRA.Onnx.Export.Adapters.Binding;

/// <summary>A module that an adapter's configuration targets.</summary>
/// <param name="Module">The module.</param>
/// <param name="Rank">Its rank r.</param>
/// <param name="Scale">Factor of B·A (and of the bias).</param>
internal sealed record TargetedModule(ModelModule Module, int Rank, double Scale);
