using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary>The command line as a whole: parses it, runs the command, and turns failures into one sentence and an exit code.</summary>
internal sealed class AloraTool
{
    private const int HelpWidth = 120;

    private readonly Terminal _terminal;
    private readonly RootCommand _root;
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Show where an error came from.", Recursive = true };

    public AloraTool(Terminal terminal)
    {
        _terminal = terminal;
        _root = new RootCommand("Exports checkpoints and adapters to ONNX, and inspects, verifies and runs them.") { _verbose };
        foreach (Command command in CommandList.Create(terminal))
        {
            _root.Add(command);
        }

        HelpOption help = _root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamplesAction(new HelpAction { MaxWidth = HelpWidth });
    }

    /// <summary>Runs one command line and returns its <see cref="ExitCode"/>. Never throws.</summary>
    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        ParseResult parsed = _root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            return ReportUsage(parsed);
        }

        try
        {
            InvocationConfiguration configuration = new()
            {
                Output = _terminal.Output,
                Error = _terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
#pragma warning disable CA1031 // The last line of the program: whatever happens becomes a sentence and an exit code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return Report(exception, parsed.GetValue(_verbose));
        }
        finally
        {
            await _terminal.Output.FlushAsync(CancellationToken.None);
        }
    }

    private int ReportUsage(ParseResult parsed)
    {
        foreach (string message in parsed.Errors.Select(error => error.Message).Distinct(StringComparer.Ordinal))
        {
            _terminal.Error.WriteLine($"error: {message}");
        }

        _terminal.Error.WriteLine($"Run `{CommandPath(parsed.CommandResult.Command)} --help` for the options and examples.");
        return ExitCode.Usage;
    }

    private int Report(Exception exception, bool isVerbose)
    {
        ErrorSentence sentence = ErrorSentence.Of(exception);
        _terminal.Error.WriteLine($"error: {sentence.Text}");
        if (isVerbose)
        {
            _terminal.Error.WriteLine(exception);
        }

        return sentence.ExitCode;
    }

    private static string CommandPath(Command command) =>
        command is RootCommand ? "alora" : $"{CommandPath((Command)command.Parents.First())} {command.Name}";
}

/// <summary>The ordinary help text, followed by the command's examples.</summary>
internal sealed class HelpWithExamplesAction(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is AloraCommand { Examples.Count: > 0 } command)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in command.Examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        return ExitCode.Done;
    }
}
