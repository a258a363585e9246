using System.Text.Json;

namespace ALoRA.Onnx.Cli.Invocation;

/// <summary>What the user reads about an exception, and the exit code that goes with it.</summary>
internal sealed record ErrorSentence(int ExitCode, string Text)
{
    /// <summary>Sorts an exception by whose fault it is.</summary>
    public static ErrorSentence Of(Exception exception) => exception switch
    {
        CommandFailedException failure => new(failure.ExitCode, failure.Message),
        OperationCanceledException => new(Invocation.ExitCode.Cancelled, "cancelled."),
        JsonException json => new(Invocation.ExitCode.BadInput, $"Malformed JSON: {json.Message}"),
        FormatException or FileNotFoundException or DirectoryNotFoundException => new(Invocation.ExitCode.BadInput, exception.Message),
        ArgumentException argument => new(Invocation.ExitCode.Usage, WithoutParameterName(argument)),
        IOException or UnauthorizedAccessException or InvalidOperationException or NotSupportedException =>
            new(Invocation.ExitCode.Failed, exception.Message),
        OutOfMemoryException => new(Invocation.ExitCode.Failed, "there is not enough memory. Close other programs or use a smaller precision."),
        _ => new(Invocation.ExitCode.Failed, $"{exception.Message} ({exception.GetType().Name}). Run again with --verbose to see where it happened."),
    };

    // ArgumentException appends " (Parameter 'x')", which means nothing at a command line.
    private static string WithoutParameterName(ArgumentException exception)
    {
        string suffix = $" (Parameter '{exception.ParamName}')";
        return exception.Message.EndsWith(suffix, StringComparison.Ordinal) ? exception.Message[..^suffix.Length] : exception.Message;
    }
}
