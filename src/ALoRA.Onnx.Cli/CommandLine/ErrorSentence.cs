using System.Text;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>What the user reads about an exception, and the exit code that goes with it.</summary>
internal sealed record ErrorSentence(int ExitCode, string Text)
{
    /// <summary>Sorts an exception by whose fault it is, and says it in words of the command line.</summary>
    public static ErrorSentence Of(Exception exception)
    {
        ErrorSentence sentence = Sort(exception);
        return exception is CommandFailedException ? sentence : sentence with { Text = CommandWords.Of(sentence.Text) };
    }

    private static ErrorSentence Sort(Exception exception) => exception switch
    {
        CommandFailedException failure => new(failure.ExitCode, failure.Message),
        OperationCanceledException => new(CommandLine.ExitCode.Cancelled, "cancelled."),
        JsonException json => new(CommandLine.ExitCode.BadInput, $"Malformed JSON: {json.Message}"),
        MissingInvocationException missing => new(CommandLine.ExitCode.Failed, WithNextStep(missing)),
        FormatException or FileNotFoundException or DirectoryNotFoundException => new(CommandLine.ExitCode.BadInput, exception.Message),
        DecoderFallbackException notUtf8 => new(CommandLine.ExitCode.BadInput, WrongEncoding(notUtf8)),
        ArgumentException => new(CommandLine.ExitCode.Usage, exception.Message),
        IOException or UnauthorizedAccessException or InvalidOperationException or NotSupportedException =>
            new(CommandLine.ExitCode.Failed, exception.Message),
        InsufficientMemoryException => new(CommandLine.ExitCode.Failed, exception.Message),
        OutOfMemoryException =>
            new(CommandLine.ExitCode.Failed, "there is not enough memory. Close other programs or use a smaller precision."),
        OnnxRuntimeException => new(
            CommandLine.ExitCode.Failed,
            $"ONNX Runtime says: {exception.Message.TrimEnd('.', '\n')}. Run again with --verbose to see where it happened."),
        TypeInitializationException or DllNotFoundException => new(
            CommandLine.ExitCode.Failed,
            $"a library of the program cannot be loaded: {Innermost(exception).Message.TrimEnd('.')}. Install the tool again for this "
            + "system, or run again with --verbose to see where it happened."),
        _ => new(
            CommandLine.ExitCode.Failed,
            $"{exception.Message.TrimEnd('.')}. This was not expected: run again with --verbose and report what it shows."),
    };

    // Only standard input is read so; files say their names.
    private static string WrongEncoding(DecoderFallbackException exception) =>
        "The input is not UTF-8: expected text in UTF-8, or in UTF-16 with a byte order mark, got the "
        + $"byte{(exception.BytesUnknown is { Length: > 1 } ? "s" : "")} {Convert.ToHexString(exception.BytesUnknown ?? [])}. "
        + "Convert it first; a Windows console sends UTF-8 after `chcp 65001`, PowerShell after "
        + "`$OutputEncoding = [Text.Encoding]::UTF8`.";

    private static string WithNextStep(MissingInvocationException missing) =>
        $"{missing.Message} With --adapter the prompt itself must hold them (--raw takes a whole prompt as it is); --intrinsic answers "
        + "with the base and appends them by itself.";

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;
}
