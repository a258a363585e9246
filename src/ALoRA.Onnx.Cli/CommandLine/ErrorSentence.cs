using System.Text.Json;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>What the user reads about an exception, and the exit code that goes with it.</summary>
internal sealed record ErrorSentence(int ExitCode, string Text)
{
    /// <summary>Sorts an exception by whose fault it is.</summary>
    public static ErrorSentence Of(Exception exception) => exception switch
    {
        CommandFailedException failure => new(failure.ExitCode, failure.Message),
        OperationCanceledException => new(CommandLine.ExitCode.Cancelled, "cancelled."),
        JsonException json => new(CommandLine.ExitCode.BadInput, $"Malformed JSON: {json.Message}"),
        FormatException or FileNotFoundException or DirectoryNotFoundException => new(CommandLine.ExitCode.BadInput, exception.Message),
        ArgumentException argument => new(CommandLine.ExitCode.Usage, WithoutParameterName(argument)),
        IOException or UnauthorizedAccessException or InvalidOperationException or NotSupportedException =>
            new(CommandLine.ExitCode.Failed, exception.Message),
        InsufficientMemoryException => new(CommandLine.ExitCode.Failed, exception.Message),
        OutOfMemoryException =>
            new(CommandLine.ExitCode.Failed, "there is not enough memory. Close other programs or use a smaller precision."),
        _ => new(
            CommandLine.ExitCode.Failed,
            $"{exception.Message} ({exception.GetType().Name}). Run again with --verbose to see where it happened."),
    };

    // ArgumentException appends " (Parameter 'x')", which means nothing at a command line.
    private static string WithoutParameterName(ArgumentException exception)
    {
        string suffix = $" (Parameter '{exception.ParamName}')";
        return exception.Message.EndsWith(suffix, StringComparison.Ordinal) ? exception.Message[..^suffix.Length] : exception.Message;
    }
}
