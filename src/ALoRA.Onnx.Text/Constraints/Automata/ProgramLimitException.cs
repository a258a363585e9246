namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>A program would be larger than is reasonable.</summary>
internal sealed class ProgramLimitException(string message) : Exception(message);
