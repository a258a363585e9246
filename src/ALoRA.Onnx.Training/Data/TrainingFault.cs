namespace ALoRA.Onnx.Training;

/// <summary>What is wrong with a line of the data.</summary>
/// <param name="File">The file, as it was given.</param>
/// <param name="Line">The line, from 1; 0 for the file as a whole.</param>
/// <param name="Message">What was expected and what came.</param>
public sealed record TrainingFault(string File, int Line, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => Line == 0 ? $"{File}: {Message}" : $"{File}({Line}): {Message}";
}
