namespace ALoRA.Onnx.Extensions.AI;

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

    /// <summary><see cref="AloraChatClientOptions.MaxQueuedRequests"/>, if so many requests waited already; else null.</summary>
    public int? MaxQueuedRequests { get; private init; }

    /// <summary><see cref="AloraChatClientOptions.MaxQueueTime"/>, if the request waited so long; else null.</summary>
    public TimeSpan? MaxQueueTime { get; private init; }

    internal static AloraBusyException QueueIsFull(int limit) => new(
        $"{limit} requests wait for their turn already, and no more may ({nameof(AloraChatClientOptions)}."
        + $"{nameof(AloraChatClientOptions.MaxQueuedRequests)}). Send the request again later, or raise the limit.")
    {
        MaxQueuedRequests = limit,
    };

    internal static AloraBusyException WaitedTooLong(TimeSpan limit) => new(
        $"The request waited {limit} for its turn, and may not wait longer ({nameof(AloraChatClientOptions)}."
        + $"{nameof(AloraChatClientOptions.MaxQueueTime)}). Send it again later, or raise the limit.")
    {
        MaxQueueTime = limit,
    };
}
