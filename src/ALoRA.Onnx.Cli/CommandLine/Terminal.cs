using System.Text;
using Spectre.Console;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>
/// The three streams a command talks through: results to <see cref="Output"/>, progress and errors to <see cref="Error"/>.
/// Tests give their own; nothing in the tool touches <see cref="Console"/> beside <see cref="OfThisProcess"/>.
/// </summary>
internal sealed class Terminal : IDisposable
{
    // Wider than any table, so that redirected tables are never wrapped.
    private const int RedirectedWidth = 1000;

    private readonly Lazy<TextReader> _inputText;

    public Terminal(Stream input, TextWriter output, TextWriter error)
    {
        Input = input;
        Output = output;
        Error = error;
        _inputText = new Lazy<TextReader>(
            () => InteractiveInput
                ?? new StreamReader(Input, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)));
    }

    /// <summary>Standard input as bytes.</summary>
    public Stream Input { get; }

    /// <summary>
    /// Standard input as UTF-8 text, or what a byte order mark says; other bytes, as programs of Windows
    /// write them in its code page, are refused with a <see cref="DecoderFallbackException"/>. Use
    /// either this or <see cref="Input"/>, as both read ahead.
    /// </summary>
    public TextReader InputText => _inputText.Value;

    /// <summary>Results.</summary>
    public TextWriter Output { get; }

    /// <summary>Progress, notes and errors.</summary>
    public TextWriter Error { get; }

    /// <summary>A person types at the other end of the input.</summary>
    public bool IsInputInteractive { get; init; }

    /// <summary>The output is a screen.</summary>
    public bool IsOutputInteractive { get; init; }

    /// <summary>The error stream is a screen, on which a progress bar may be redrawn.</summary>
    public bool IsErrorInteractive { get; init; }

    /// <summary>Characters of a line of the screen; null where the output is none.</summary>
    public int? Width { get; init; }

    /// <summary>Whether the user asked for more than results.</summary>
    public bool IsVerbose { get; set; }

    /// <summary>Whether figures of what was done are shown: to a person, or if they were asked for.</summary>
    public bool ShowsStatistics => IsErrorInteractive || IsVerbose;

    /// <summary>False when NO_COLOR is set.</summary>
    public bool AllowsColor { get; init; } = true;

    /// <summary>Variables of the user's environment, by name; null for those that are not set.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>What Ctrl+C does besides ending the program.</summary>
    public Interrupts Interrupts { get; } = new();

    /// <summary>Whether a key was typed that nobody has read.</summary>
    public Func<bool> IsKeyAvailable { get; init; } = () => false;

    /// <summary>The next key, not shown on the screen.</summary>
    public Func<ConsoleKeyInfo> ReadKey { get; init; } = () => throw new InvalidOperationException("There is no keyboard.");

    private TextReader? InteractiveInput { get; init; }

    /// <summary>The streams of this process, UTF-8 without byte order mark.</summary>
    public static Terminal OfThisProcess()
    {
        UTF8Encoding encoding = new(encoderShouldEmitUTF8Identifier: false);
        return new Terminal(
            Console.OpenStandardInput(),
            Console.IsOutputRedirected
                ? new StreamWriter(Console.OpenStandardOutput(), encoding, bufferSize: 1 << 16)
                : ScreenOutput(encoding),
            Console.IsErrorRedirected ? new StreamWriter(Console.OpenStandardError(), encoding) { AutoFlush = true } : Console.Error)
        {
            Width = WidthOfScreen(),
            IsInputInteractive = !Console.IsInputRedirected,
            IsOutputInteractive = !Console.IsOutputRedirected,
            IsErrorInteractive = !Console.IsErrorRedirected,
            AllowsColor = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            InteractiveInput = Console.IsInputRedirected ? null : ScreenInput(),
            IsKeyAvailable = () => Console.KeyAvailable,
            ReadKey = () => Console.ReadKey(intercept: true),
        };
    }

    /// <summary>A console over <see cref="Output"/>.</summary>
    public IAnsiConsole CreateOutputConsole() => CreateConsole(Output, IsOutputInteractive);

    /// <summary>A console over <see cref="Error"/>.</summary>
    public IAnsiConsole CreateErrorConsole() => CreateConsole(Error, IsErrorInteractive);

    /// <summary>
    /// Prints a note, warning or error behind what the output has so far, also where
    /// both go to the same file; on a screen broken at spaces.
    /// </summary>
    public void WriteNote(string text)
    {
        Output.Flush();
        foreach (string line in IsErrorInteractive && Width is { } width ? TextLines.Of(text, width) : [text])
        {
            Error.WriteLine(line);
        }
    }

    /// <summary>Prints a sentence of a result, on a screen broken at spaces.</summary>
    public void WriteText(string text)
    {
        foreach (string line in Width is { } width ? TextLines.Of(text, width) : [text])
        {
            Output.WriteLine(line);
        }
    }

    public void Dispose()
    {
        Output.Flush();
        Error.Flush();
    }

    private static int? WidthOfScreen()
    {
        try
        {
            return !Console.IsOutputRedirected && Console.WindowWidth > 0 ? Console.WindowWidth : null;
        }
        catch (IOException)
        {
            // A screen that does not know its size.
            return null;
        }
    }

    private static TextWriter ScreenOutput(Encoding encoding)
    {
        // A Windows console starts with the system's code page, in which most texts of a model cannot be shown.
        if (OperatingSystem.IsWindows())
        {
            Console.OutputEncoding = encoding;
        }

        return Console.Out;
    }

    private static TextReader ScreenInput()
    {
        // In the system's code page most languages are question marks, and as UTF-8 a Windows console gives zeros for what is not ASCII.
        if (OperatingSystem.IsWindows())
        {
            Console.InputEncoding = Encoding.Unicode;
        }

        return Console.In;
    }

    private IAnsiConsole CreateConsole(TextWriter writer, bool isInteractive)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isInteractive && AllowsColor ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isInteractive ? InteractionSupport.Detect : InteractionSupport.No,
        });
        console.Profile.Width = isInteractive ? Width ?? console.Profile.Width : RedirectedWidth;

        return console;
    }
}
