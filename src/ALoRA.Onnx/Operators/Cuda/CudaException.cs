namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>CUDA cannot do what operators need. The message says why, and what to do where a user can do something.</summary>
internal sealed class CudaException(string message) : InvalidOperationException(message);
