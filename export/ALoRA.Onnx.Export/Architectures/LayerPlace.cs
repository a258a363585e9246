namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Which layer is described.</summary>
/// <param name="Index">Number of the layer, from 0.</param>
/// <param name="Path">Prefix of the layer's names, such as <c>model.layers.0</c>.</param>
/// <param name="Window">Positions that a position sees, itself included; null for all before it.</param>
internal sealed record LayerPlace(int Index, string Path, int? Window);
