namespace ALoRA.Onnx.Training.Optimization;

/// <summary>Constants of <see cref="AdamW"/>; those left out are torch's.</summary>
internal sealed record AdamWSettings(double WeightDecay = 0, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8);
