namespace ALoRA.Onnx.Devices;

/// <summary>
/// Keeps the process's work on devices apart from a run that is being captured: while one thread
/// captures, CUDA forbids allocations and copies to all others. Thread-safe.
/// </summary>
internal static class CaptureGate
{
    // One for the process, as the rule is CUDA's for the process.
    private static readonly ReaderWriterLockSlim Gate = new(LockRecursionPolicy.NoRecursion);

    /// <summary>Waits until nothing is being captured, and lets no capture begin before the scope ends, on the same thread.</summary>
    public static Scope Enter()
    {
        Gate.EnterReadLock();
        return new Scope(isAlone: false);
    }

    /// <summary>
    /// Waits until nothing else works on a device, and lets nothing begin before the scope ends, on the same thread.
    /// </summary>
    public static Scope EnterAlone()
    {
        Gate.EnterWriteLock();
        return new Scope(isAlone: true);
    }

    /// <summary>Holds the gate until it is disposed, once.</summary>
    public readonly ref struct Scope(bool isAlone)
    {
        /// <summary>Lets go of the gate.</summary>
        public void Dispose()
        {
            if (isAlone)
            {
                Gate.ExitWriteLock();
            }
            else
            {
                Gate.ExitReadLock();
            }
        }
    }
}
