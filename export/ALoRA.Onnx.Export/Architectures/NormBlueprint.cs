namespace ALoRA.Onnx.Export.Architectures;

/// <summary>A root-mean-square norm.</summary>
/// <param name="Weight">Checkpoint tensor of the scale.</param>
/// <param name="Size">Elements that are normalised together.</param>
/// <param name="Epsilon">Added to the mean square.</param>
internal sealed record NormBlueprint(string Weight, int Size, float Epsilon);
