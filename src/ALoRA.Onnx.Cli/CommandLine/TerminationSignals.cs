using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>
/// Turns the first Ctrl+C or termination request into a cancellation, so that temporary folders are removed;
/// the second one ends the process at once.
/// </summary>
internal sealed class TerminationSignals : IDisposable
{
    // Windows ends a process whose window is closed after five seconds, or as soon as its handler returns.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4.5);

    private readonly CancellationTokenSource _cancellation = new();
    private readonly TaskCompletionSource _ended = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration? _close;

    /// <summary>Listens to signals.</summary>
    /// <param name="interrupts">What may take a Ctrl+C before it ends the program.</param>
    public TerminationSignals(Interrupts interrupts)
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            if (interrupts.TryHandle())
            {
                context.Cancel = true;
            }
            else
            {
                Cancel(context, CommandLine.ExitCode.Cancelled);
            }
        });
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => CancelAndWait(context, 143));
        _close = OperatingSystem.IsWindows()
            ? PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => CancelAndWait(context, 129))
            : null;
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <summary>128 + the signal's number, or null if none came.</summary>
    public int? ExitCode { get; private set; }

    public void Dispose()
    {
        _ended.TrySetResult();
        _interrupt.Dispose();
        _terminate.Dispose();
        _close?.Dispose();
        _cancellation.Dispose();
    }

    // A window that is closed, or a system that shuts down: no second chance comes, so that what is to be tidied up is waited for.
    private void CancelAndWait(PosixSignalContext context, int exitCode)
    {
        Cancel(context, exitCode);
        if (OperatingSystem.IsWindows())
        {
            _ended.Task.Wait(Patience);
        }
    }

    private void Cancel(PosixSignalContext context, int exitCode)
    {
        context.Cancel = ExitCode is null;
        ExitCode ??= exitCode;
        _cancellation.Cancel();
    }
}
