namespace ALoRA.Onnx;

/// <summary>An adapter was asked for that is neither loaded nor in the model's folder, or is there no more.</summary>
public sealed class AdapterNotFoundException : ArgumentException
{
    /// <summary>Creates the exception with a general message.</summary>
    public AdapterNotFoundException()
        : this("There is no such adapter.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: the name, which ones there are, next step.</param>
    public AdapterNotFoundException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: the name, which ones there are, next step.</param>
    /// <param name="innerException">What was thrown underneath.</param>
    public AdapterNotFoundException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The name that was asked for; null where only a message was given.</summary>
    public string? AdapterName { get; init; }
}
