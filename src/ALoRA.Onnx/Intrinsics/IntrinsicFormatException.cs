namespace ALoRA.Onnx;

/// <summary>A chat request, its arguments or a model's answer does not fit the definition of an intrinsic.</summary>
/// <remarks>A malformed definition itself is a <see cref="ModelFormatException"/>.</remarks>
public sealed class IntrinsicFormatException : FormatException
{
    /// <summary>Creates the exception with a general message.</summary>
    public IntrinsicFormatException()
        : base("A request or an answer does not fit the intrinsic.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: what does not fit, expected, got.</param>
    public IntrinsicFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: what does not fit, expected, got.</param>
    /// <param name="innerException">What was thrown underneath.</param>
    public IntrinsicFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
