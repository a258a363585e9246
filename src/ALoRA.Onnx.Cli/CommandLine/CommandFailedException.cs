namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Ends a command with a sentence for the user and an exit code.</summary>
internal sealed class CommandFailedException(int exitCode, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>One of <see cref="CommandLine.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;
}
