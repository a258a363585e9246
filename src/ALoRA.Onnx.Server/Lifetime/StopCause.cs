namespace ALoRA.Onnx.Server.Lifetime;

/// <summary>Why the server stops by itself. Thread-safe.</summary>
internal sealed class StopCause
{
    private Exception? _exception;

    /// <summary>What went wrong; null where nothing did.</summary>
    public Exception? Exception => Volatile.Read(ref _exception);

    /// <summary>Says what went wrong; the first one counts.</summary>
    public void Set(Exception exception) => Interlocked.CompareExchange(ref _exception, exception, null);
}
