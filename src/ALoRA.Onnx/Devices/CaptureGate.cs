namespace ALoRA.Onnx.Devices;

/// <summary>
/// Keeps the process's work on devices apart from a run that is being captured: while one thread
/// captures, CUDA forbids allocations and copies to all others. Thread-safe.
/// </summary>
internal static class CaptureGate
{
    // One for the process, as the rule is CUDA's for the process.
    private static readonly ReaderWriterLockSlim Gate = new(LockRecursionPolicy.NoRecursion);

    /// <summary>Waits until nothing is being captured, and lets no capture begin before <see cref="Leave"/>.</summary>
    public static void Enter() => Gate.EnterReadLock();

    /// <summary>Ends what <see cref="Enter"/> began, on the same thread.</summary>
    public static void Leave() => Gate.ExitReadLock();

    /// <summary>Waits until nothing else works on a device, and lets nothing begin before <see cref="LeaveAlone"/>.</summary>
    public static void EnterAlone() => Gate.EnterWriteLock();

    /// <summary>Ends what <see cref="EnterAlone"/> began, on the same thread.</summary>
    public static void LeaveAlone() => Gate.ExitWriteLock();
}
