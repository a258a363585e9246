namespace ALoRA.Onnx.Inference;

/// <summary>Lets one operation at a time into an object, and frees the object only when none is inside.</summary>
internal sealed class UseGate
{
    private readonly Lock _gate = new();
    private bool _busy;
    private bool _disposed;

    /// <summary>Starts an operation.</summary>
    /// <param name="owner">The object, for messages.</param>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    /// <exception cref="InvalidOperationException">Another operation runs.</exception>
    public void Enter(object owner)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, owner);
            if (_busy)
            {
                throw new InvalidOperationException(
                    $"The {owner.GetType().Name} is in use by another operation. Await it (an enumeration must be finished or disposed) "
                    + "before the next one starts, or fork the conversation.");
            }

            _busy = true;
        }
    }

    /// <summary>Ends an operation.</summary>
    /// <returns>Whether the object was disposed meanwhile and must be freed by the caller.</returns>
    public bool Exit()
    {
        lock (_gate)
        {
            _busy = false;
            return _disposed;
        }
    }

    /// <summary>Lets nothing in any more.</summary>
    /// <returns>Whether nothing is inside and the caller must free the object; false also for a second call.</returns>
    public bool Close()
    {
        lock (_gate)
        {
            bool first = !_disposed;
            _disposed = true;
            return first && !_busy;
        }
    }
}
