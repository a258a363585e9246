using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary>The command line as a whole: parses it, runs the command, and turns failures into one sentence and an exit code.</summary>
internal sealed class AloraTool
{
    private static readonly string[] Examples =
    [
        "alora pull ibm-granite/granite-3.3-2b-instruct",
        "alora export ibm-granite/granite-3.3-2b-instruct -o onnx-models/granite --precision int4",
        "alora run onnx-models/demo \"What is 2 + 2?\" --intrinsic certainty",
        "alora chat onnx-models/demo",
        "alora completion install",
    ];

    private readonly Terminal _terminal;
    private readonly RootCommand _root;
    private readonly HelpPrinter _help;
    private readonly Option<bool> _verbose = new("--verbose")
    {
        Description = "Show tokens and times of what was computed, and where an error came from.",
        Recursive = true,
    };

    public AloraTool(Terminal terminal)
    {
        _terminal = terminal;
        _root = new RootCommand("Exports checkpoints and adapters to ONNX, and inspects, verifies and runs them.") { _verbose };
        foreach (Command command in CommandList.Create(terminal))
        {
            _root.Add(command);
        }

        ValueOptions.ReadNumbers(_root);
        MistypedOptions.Refuse(_root);
        _help = new HelpPrinter(terminal, Examples);
        _root.Options.OfType<HelpOption>().Single().Action = _help;
    }

    /// <summary>Runs one command line and returns its <see cref="ExitCode"/>. Never throws.</summary>
    public async Task<int> InvokeAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        ParseResult parsed = _root.Parse(arguments);
        if (parsed.CommandResult.Command is { Subcommands.Count: > 0 } group
            && parsed is { UnmatchedTokens.Count: 0, Action: null or ParseErrorAction })
        {
            // Whoever names a group of commands and none of them wants to know which there are.
            _help.Print(group);
            return ExitCode.Done;
        }

        if (parsed.Errors.Count > 0)
        {
            return ReportUsage(parsed);
        }

        _terminal.IsVerbose = parsed.GetValue(_verbose);

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
        foreach (string sentence in UsageErrors.Of(parsed))
        {
            _terminal.WriteNote($"error: {sentence}");
        }

        _terminal.WriteNote($"Run `{HelpPrinter.PathOf(parsed.CommandResult.Command)} --help` for the options and examples.");
        return ExitCode.Usage;
    }

    private int Report(Exception exception, bool isVerbose)
    {
        ErrorSentence sentence = ErrorSentence.Of(exception);
        _terminal.WriteNote($"error: {sentence.Text}");
        if (isVerbose)
        {
            _terminal.Error.WriteLine(exception);
        }

        return sentence.ExitCode;
    }
}
