using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>
/// Turns the first Ctrl+C or termination request into a cancellation, so that temporary folders are removed;
/// the second one ends the process at once.
/// </summary>
internal sealed class TerminationSignals : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

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
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Cancel(context, 143));
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <summary>128 + the signal's number, or null if none came.</summary>
    public int? ExitCode { get; private set; }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _cancellation.Dispose();
    }

    private void Cancel(PosixSignalContext context, int exitCode)
    {
        context.Cancel = ExitCode is null;
        ExitCode ??= exitCode;
        _cancellation.Cancel();
    }
}
