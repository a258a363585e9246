namespace ALoRA.Onnx;

/// <summary>
/// A file of a model folder or adapter (graph, manifest, tokenizer, template, adapter weights) is malformed or does not fit the others.
/// </summary>
/// <remarks>The message names the file, the item in it, what was expected, what came, and the next step.</remarks>
public sealed class ModelFormatException : FormatException
{
    /// <summary>Creates the exception with a general message.</summary>
    public ModelFormatException()
        : base("A model file is malformed.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: file, item, expected, got, next step.</param>
    public ModelFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: file, item, expected, got, next step.</param>
    /// <param name="innerException">What was thrown underneath.</param>
    public ModelFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
