namespace ALoRA.Onnx.Serving.Running;

/// <summary>What others want done between two steps, on the engine's thread. Added by any thread, carried out by that one.</summary>
internal sealed class StepCommands
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _waiting = new();
    private bool _closed;

    /// <summary>Adds something to do.</summary>
    /// <param name="work">What.</param>
    /// <param name="wake">Wakes the engine's thread up.</param>
    /// <returns>What it gives, or fails of.</returns>
    /// <exception cref="ObjectDisposedException">Nothing is carried out any more.</exception>
    public Task<T> Add<T>(Func<T> work, Action wake)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_closed)
            {
                throw EngineIsGone();
            }

            _waiting.Enqueue(() => Run(work, done));
        }

        wake();
        return done.Task;
    }

    /// <summary>Carries out what waits.</summary>
    public void Run()
    {
        while (TryTake(out Action? command))
        {
            command!();
        }
    }

    /// <summary>Carries out what waits, and takes nothing more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }

        Run();
    }

    private static void Run<T>(Func<T> work, TaskCompletionSource<T> done)
    {
        try
        {
            done.SetResult(work());
        }
        catch (Exception exception) when (exception is not OutOfMemoryException or InsufficientMemoryException)
        {
            done.SetException(exception);
        }
    }

    private bool TryTake(out Action? command)
    {
        lock (_gate)
        {
            return _waiting.TryDequeue(out command);
        }
    }

    private static ObjectDisposedException EngineIsGone() => new("ALoRA.Onnx.Serving.AloraEngine");
}
