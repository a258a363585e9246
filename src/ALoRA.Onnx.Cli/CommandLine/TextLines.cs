using System.Text;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Breaks texts into lines at spaces, for screens of any width. Words that are longer than a line are left whole.</summary>
internal static class TextLines
{
    /// <summary>The lines of a text.</summary>
    /// <param name="text">The text; its own line ends are kept.</param>
    /// <param name="width">Characters of a line.</param>
    public static IEnumerable<string> Of(string text, int width) =>
        text.ReplaceLineEndings("\n").Split('\n').SelectMany(line => Break(line.Split(' '), width, "", ""));

    /// <summary>
    /// The lines of a command to be copied: broken at spaces outside of quotes, with the shell's sign that the command goes on.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="width">Characters of a line.</param>
    public static IEnumerable<string> OfCommand(string command, int width) =>
        Break(WithValues(WordsOf(command), width - 6), width, OperatingSystem.IsWindows() ? " `" : " \\", "    ");

    private static IEnumerable<string> Break(IEnumerable<string> words, int width, string continuation, string indentation)
    {
        StringBuilder line = new();
        bool isFirst = true;
        foreach (string word in words)
        {
            if (!isFirst && line.Length + 1 + word.Length + continuation.Length > width && line.ToString().Trim().Length > 0)
            {
                yield return line.Append(continuation).ToString();
                line.Clear().Append(indentation).Append(word);
                continue;
            }

            line.Append(isFirst ? "" : " ").Append(word);
            isFirst = false;
        }

        yield return line.ToString();
    }

    // An option and its value stay together where a line holds both.
    private static IEnumerable<string> WithValues(IEnumerable<string> words, int most)
    {
        string? option = null;
        foreach (string word in words)
        {
            if (option is not null)
            {
                bool isValue = word[..1] is not ("-" or "|" or "<" or ">") && option.Length + 1 + word.Length <= most;
                yield return isValue ? $"{option} {word}" : option;
                option = isValue ? null : word.StartsWith('-') ? word : null;
                if (isValue || option is not null)
                {
                    continue;
                }
            }
            else if (word.StartsWith('-'))
            {
                option = word;
                continue;
            }

            yield return word;
        }

        if (option is not null)
        {
            yield return option;
        }
    }

    private static IEnumerable<string> WordsOf(string command)
    {
        int start = 0;
        char quote = '\0';
        for (int i = 0; i < command.Length; i++)
        {
            char letter = command[i];
            if (quote != '\0')
            {
                i += letter == '\\' && quote == '"' ? 1 : 0;
                quote = letter == quote ? '\0' : quote;
            }
            else if (letter is '"' or '\'')
            {
                quote = letter;
            }
            else if (letter == ' ')
            {
                yield return command[start..i];
                start = i + 1;
            }
        }

        yield return command[start..];
    }
}
