namespace ALoRA.Onnx.Export;

/// <summary>A checkpoint, adapter or model file is malformed or holds something that cannot be exported.</summary>
/// <remarks>The message names the file, the item in it, what was expected, what came, and the next step.</remarks>
public sealed class CheckpointFormatException : FormatException
{
    /// <summary>Creates the exception with a general message.</summary>
    public CheckpointFormatException()
        : base("A checkpoint file is malformed.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: file, item, expected, got, next step.</param>
    public CheckpointFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: file, item, expected, got, next step.</param>
    /// <param name="innerException">What was thrown underneath.</param>
    public CheckpointFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
