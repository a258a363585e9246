using System.CommandLine;
using System.CommandLine.Parsing;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>What is wrong with a command line, in sentences that name the flag and what it takes.</summary>
internal static class UsageErrors
{
    /// <summary>The sentences, each once. Those of the parser's own that show its types are put into other words.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        // Whatever follows an option that was typed wrong was meant for it.
        string[] mistyped =
            [.. parsed.Errors.Select(error => error.Message).Where(MistypedOptions.IsSentence).Distinct(StringComparer.Ordinal)];
        if (mistyped.Length > 0)
        {
            return mistyped;
        }

        List<string> sentences = [];
        if (parsed.UnmatchedTokens is [string first, ..])
        {
            sentences.Add(Unknown(command, first));
        }

        foreach (ParseError error in parsed.Errors)
        {
            sentences.AddRange(Sentences(parsed, command, error));
        }

        return [.. sentences.Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Sentences(ParseResult parsed, Command command, ParseError error) => error.SymbolResult switch
    {
        // What is not known has been named above, and misses nothing beside.
        CommandResult when parsed.UnmatchedTokens.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal)) => [],
        CommandResult when command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count > 0 => [],
        ArgumentResult { Tokens.Count: 0, Parent: CommandResult } argument when IsOfParser(error) => [Missing(command, argument.Argument)],
        OptionResult { Tokens.Count: 0 } option when IsOfParser(error) => [Missing(command, option)],
        ArgumentResult { Tokens.Count: 0, Parent: OptionResult option } => [Missing(command, option)],
        _ => [error.Message],
    };

    // The parser's own sentences name the kind of thing first; the tool's begin with the flag or speak of more than one.
    private static bool IsOfParser(ParseError error) =>
        error.Message.StartsWith("Required argument", StringComparison.Ordinal)
            || error.Message.StartsWith("Option '", StringComparison.Ordinal);

    private static string Missing(Command command, Argument argument) =>
        $"{HelpPrinter.PathOf(command)} needs <{argument.Name}>: {argument.Description}";

    private static string Missing(Command command, OptionResult result)
    {
        Option option = result.Option;
        return result.Implicit
            ? $"{HelpPrinter.PathOf(command)} needs {option.Name}: {option.Description}"
            : $"{result.IdentifierToken?.Value ?? option.Name} needs a value: {option.Description}";
    }

    private static string Unknown(Command command, string word)
    {
        if (word.StartsWith('-'))
        {
            return $"{HelpPrinter.PathOf(command)} has no option {word}.{MistypedOptions.Question(word, command)}";
        }

        return command.Subcommands.Count > 0
            ? $"{HelpPrinter.PathOf(command)} has no command "
                + $"{word}.{NearMiss.Question(word, command.Subcommands.Select(child => child.Name))}"
            : $"'{word}' is one word too many. A text of several words stands in quotes.";
    }
}
