namespace ALoRA.Onnx.Serving;

/// <summary>
/// A request was refused because too many others wait already, or because it waited too long. It may be sent again later.
/// </summary>
public sealed class AloraBusyException : InvalidOperationException
{
    /// <summary>Creates the exception with a general message.</summary>
    public AloraBusyException()
        : this("The model has too much to do. Send the request again later.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: limit, next step.</param>
    public AloraBusyException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The whole sentence: limit, next step.</param>
    /// <param name="innerException">What was thrown underneath.</param>
    public AloraBusyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The limit of waiting requests, if so many requests waited already; else null.</summary>
    public int? MaxQueuedRequests { get; init; }

    /// <summary>The limit of the wait, if the request waited so long; else null.</summary>
    public TimeSpan? MaxQueueTime { get; init; }
}
