namespace ALoRA.Onnx.Shared;

/// <summary>An answer that was judged.</summary>
/// <param name="IsRight">Whether the answer is right.</param>
/// <param name="Certainty">How sure the adapter says that it is, from 0 to 1.</param>
internal readonly record struct CertaintySample(bool IsRight, double Certainty);
