using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>
/// Prints a command's help so that it fits the screen: descriptions beside the names where there is room, below them where there is not.
/// </summary>
internal sealed class HelpPrinter(Terminal terminal, IReadOnlyList<string> rootExamples) : SynchronousCommandLineAction
{
    private const int Narrowest = 40;
    private const int Widest = 120;
    private const int Redirected = 100;
    // Below it descriptions beside the names would be columns of two or three words.
    private const int LeastForColumns = 80;
    private const string Indentation = "  ";

    public override bool ClearsParseErrors => true;

    private int Width => Math.Clamp(terminal.Width ?? Redirected, Narrowest, Widest);

    public override int Invoke(ParseResult parseResult)
    {
        Print(parseResult.CommandResult.Command);
        return ExitCode.Done;
    }

    /// <summary>Prints the help of a command or group.</summary>
    public void Print(Command command)
    {
        PrintSection("Description:", command.Description ?? "");
        PrintSection("Usage:", UsageOf(command));
        PrintTable("Arguments:", [.. command.Arguments.Select(argument => (LabelOf(argument), DescriptionOf(argument)))]);
        PrintTable("Options:", [.. OptionsOf(command).Select(option => (LabelOf(option), DescriptionOf(option)))]);
        PrintTable("Commands:", [.. command.Subcommands.Select(child => (LabelOf(child), FirstSentence(child.Description ?? "")))]);
        IReadOnlyList<string> examples = command is AloraCommand alora ? alora.Examples : command is RootCommand ? rootExamples : [];
        if (examples.Count > 0)
        {
            terminal.Output.WriteLine("Examples:");
            foreach (string line in examples.SelectMany(example => TextLines.OfCommand(example, Width - Indentation.Length)))
            {
                terminal.Output.WriteLine(Indentation + line);
            }

            terminal.Output.WriteLine();
        }
    }

    /// <summary>The words with which a command is called, from <c>alora</c> on.</summary>
    public static string PathOf(Command command) =>
        command is RootCommand ? "alora" : $"{PathOf((Command)command.Parents.First())} {command.Name}";

    private void PrintSection(string heading, string text)
    {
        terminal.Output.WriteLine(heading);
        foreach (string line in TextLines.Of(text, Width - Indentation.Length))
        {
            terminal.Output.WriteLine(Indentation + line);
        }

        terminal.Output.WriteLine();
    }

    private void PrintTable(string heading, IReadOnlyList<(string Label, string Description)> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        terminal.Output.WriteLine(heading);
        int column = ColumnOf(rows);
        foreach ((string label, string description) in rows)
        {
            string start = Indentation + label;
            foreach (string line in TextLines.Of(description, Width - column))
            {
                if (start.Length + 2 > column)
                {
                    terminal.Output.WriteLine(start);
                    start = "";
                }

                terminal.Output.WriteLine((start.PadRight(column) + line).TrimEnd());
                start = "";
            }
        }

        terminal.Output.WriteLine();
    }

    private int ColumnOf(IReadOnlyList<(string Label, string Description)> rows)
    {
        if (Width < LeastForColumns)
        {
            // Short names, such as those of commands, leave room beside them on any screen.
            int longest = rows.Max(row => row.Label.Length) + (2 * Indentation.Length);
            return longest <= Width / 4 ? longest : 3 * Indentation.Length;
        }

        int most = Width * 3 / 8;
        return rows.Select(row => row.Label.Length + (2 * Indentation.Length)).Where(length => length <= most).DefaultIfEmpty(most).Max();
    }

    private static string UsageOf(Command command)
    {
        string arguments = string.Concat(command.Arguments.Select(argument =>
            argument.Arity.MinimumNumberOfValues == 0 ? $" [{LabelOf(argument)}]" : $" {LabelOf(argument)}"));
        string children = command.Subcommands.Count > 0 ? " <command>" : "";
        return $"{PathOf(command)}{children}{arguments} [options]";
    }

    private static IEnumerable<Option> OptionsOf(Command command)
    {
        IEnumerable<Option> inherited = command.Parents.OfType<Command>().SelectMany(OptionsOf).Where(option => option.Recursive);
        return command.Options.Concat(inherited).Where(option => !option.Hidden);
    }

    private static string LabelOf(Command command) =>
        command.Name + string.Concat(command.Arguments.Select(argument => $" {LabelOf(argument)}"));

    private static string LabelOf(Argument argument)
    {
        string label = $"<{argument.HelpName ?? argument.Name}>";
        return argument.Arity.MaximumNumberOfValues > 1 ? label + "…" : label;
    }

    private static string LabelOf(Option option)
    {
        string names = string.Join(
            ", ", option.Aliases.Append(option.Name).Where(name => name.StartsWith('-')).OrderBy(name => name.Length));
        bool takesValue = option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool)
            && option is not (HelpOption or VersionOption);
        return takesValue
            ? $"{names} <{option.HelpName ?? NumberNameOf(option.ValueType) ?? option.Name.TrimStart('-')}>" : names;
    }

    // What a number is for says the option's name already.
    private static string? NumberNameOf(Type type) =>
        Type.GetTypeCode(Nullable.GetUnderlyingType(type.GetElementType() ?? type) ?? type.GetElementType() ?? type) switch
        {
            TypeCode.Int32 or TypeCode.Int64 or TypeCode.Single or TypeCode.Double => "number",
            _ => null,
        };

    private static string DescriptionOf(Argument argument) => argument.Description ?? "";

    private static string DescriptionOf(Option option)
    {
        string description = option switch
        {
            HelpOption => "Show this help.",
            VersionOption => "Show the version.",
            _ => option.Description ?? "",
        };
        string values = option.HasDefaultValue && option.ValueType != typeof(bool) ? ValueText(option.GetDefaultValue()) : "";
        return description + (values.Length > 0 ? $" [default: {values}]" : "") + (option.Required ? " [required]" : "");
    }

    private static string ValueText(object? value) => value switch
    {
        null => "",
        string text => text,
        System.Collections.IEnumerable list => string.Join(' ', list.Cast<object>().Select(ValueText)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string FirstSentence(string text)
    {
        int end = text.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? text : text[..(end + 1)];
    }
}
