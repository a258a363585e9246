using System.CommandLine;
using System.CommandLine.Parsing;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>
/// Refuses words that are taken for an argument, such as a prompt, but are an option that was typed wrong, such as <c>--temprature</c>.
/// </summary>
internal static class MistypedOptions
{
    private const string Sentence = " has no option ";

    /// <summary>Whether an error of the parser is one of this class.</summary>
    public static bool IsSentence(string error) => error.Contains(Sentence, StringComparison.Ordinal);

    /// <summary>Checks the arguments of a command and of those below it.</summary>
    public static void Refuse(Command command)
    {
        foreach (Argument argument in command.Arguments)
        {
            argument.Validators.Add(result => Check(result, command));
        }

        foreach (Command child in command.Subcommands)
        {
            Refuse(child);
        }
    }

    private static void Check(ArgumentResult result, Command command)
    {
        foreach (string word in result.Tokens.Select(token => token.Value).Where(LooksLikeOne))
        {
            IEnumerable<string> names = command.Options.SelectMany(option => option.Aliases.Append(option.Name));
            if (NearMiss.Of(word, names) is { } near)
            {
                result.AddError($"{HelpPrinter.PathOf(command)}{Sentence}{word}. Did you mean {near}?");
            }
        }
    }

    private static bool LooksLikeOne(string word) =>
        word.Length > 3 && word.StartsWith("--", StringComparison.Ordinal)
        && word.Skip(2).All(letter => char.IsAsciiLetterLower(letter) || letter == '-');
}
