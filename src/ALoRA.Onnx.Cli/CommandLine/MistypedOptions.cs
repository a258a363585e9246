using System.CommandLine;
using System.CommandLine.Parsing;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>
/// Refuses words that are taken for an argument, such as a prompt, but are an option that was typed wrong, such as <c>--temprature</c>.
/// </summary>
internal static class MistypedOptions
{
    private const string Sentence = " has no option ";

    // What programs that do the same call it.
    private static readonly (string Elsewhere, string Here, string Example)[] NamesElsewhere =
    [
        ("--port", "--urls", " http://127.0.0.1:8080"),
        ("--host", "--urls", " http://127.0.0.1:8080"),
        ("--address", "--urls", " http://127.0.0.1:8080"),
        ("--api-key", "--api-key-file", ""),
        ("--ctx-size", "--max-context-tokens", ""),
        ("--max-model-len", "--max-context-tokens", ""),
        ("--parallel", "--max-rows", ""),
        ("--max-num-seqs", "--max-rows", ""),
        ("--served-model-name", "--model-name", ""),
        ("--lora-modules", "--adapters-folder", ""),
        ("--learning-rate", "--lr", ""),
        ("--batch-size", "--batch", ""),
        ("--lora-r", "--rank", ""),
        ("--lora-alpha", "--alpha", ""),
        ("--target-modules", "--targets", ""),
        ("--num-train-epochs", "--epochs", ""),
        ("--max-new-tokens", "--max-tokens", ""),
        ("--dtype", "--precision", ""),
        ("--quantize", "--precision", " int4"),
    ];

    /// <summary>Whether an error of the parser is one of this class.</summary>
    public static bool IsSentence(string error) => error.Contains(Sentence, StringComparison.Ordinal);

    /// <summary><c> Did you mean X?</c>, or nothing if a command has no option that a word may be meant for.</summary>
    public static string Question(string word, Command command)
    {
        string[] names = [.. Options(command).SelectMany(option => option.Aliases.Append(option.Name))];
        return NearMiss.Question(word, names) is { Length: > 0 } question
            ? question
            : NamesElsewhere.FirstOrDefault(pair => pair.Elsewhere == word && names.Contains(pair.Here, StringComparer.Ordinal))
                is { Here: { } here, Example: var example } ? $" Did you mean {here}{example}?" : "";
    }

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
            if (Question(word, command) is { Length: > 0 } question)
            {
                result.AddError($"{HelpPrinter.PathOf(command)}{Sentence}{word}.{question}");
            }
        }
    }

    private static IEnumerable<Option> Options(Command command) => command.Options
        .Concat(command.Parents.OfType<Command>().SelectMany(Options).Where(option => option.Recursive));

    private static bool LooksLikeOne(string word) =>
        word.Length > 3 && word.StartsWith("--", StringComparison.Ordinal)
        && word.Skip(2).All(letter => char.IsAsciiLetterLower(letter) || letter == '-');
}
