using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>How values of options are read: numbers with a sentence for what is none, names whatever their case.</summary>
internal static class ValueOptions
{
    // More names than these stand in the description alone.
    private const int LongestLabel = 30;

    /// <summary>Takes only these names, in any case; they are also offered where a shell completes the line.</summary>
    /// <param name="option">An option that takes one text, or several.</param>
    /// <param name="names">The names.</param>
    public static TOption OneOf<TOption>(this TOption option, params string[] names)
        where TOption : Option
    {
        string all = string.Join('|', names);
        option.HelpName ??= all.Length <= LongestLabel ? all : null;
        option.CompletionSources.Add(names);
        if (option is Option<string[]> several)
        {
            several.CustomParser = result => [.. result.Tokens.Select(token => Choose(result, token.Value, names)).OfType<string>()];
        }
        else if (option is Option<string> one)
        {
            one.CustomParser = result => Choose(result, result.Tokens[^1].Value, names)!;
        }

        return option;
    }

    /// <summary>
    /// Gives every option and argument of a command and those below it that takes numbers a parser that says what it expected.
    /// </summary>
    public static void ReadNumbers(Command command)
    {
        foreach (Option option in command.Options)
        {
            ReadNumbers(option);
        }

        foreach (Command child in command.Subcommands)
        {
            ReadNumbers(child);
        }
    }

    private static void ReadNumbers(Option option)
    {
        switch (option)
        {
            case Option<int> { CustomParser: null } number:
                number.CustomParser = result => Parse<int>(result) ?? 0;
                break;
            case Option<int?> { CustomParser: null } number:
                number.CustomParser = Parse<int>;
                break;
            case Option<long> { CustomParser: null } number:
                number.CustomParser = result => Parse<long>(result) ?? 0;
                break;
            case Option<long?> { CustomParser: null } number:
                number.CustomParser = Parse<long>;
                break;
            case Option<float> { CustomParser: null } number:
                number.CustomParser = result => Parse<float>(result) ?? 0;
                break;
            case Option<float?> { CustomParser: null } number:
                number.CustomParser = Parse<float>;
                break;
            case Option<double> { CustomParser: null } number:
                number.CustomParser = result => Parse<double>(result) ?? 0;
                break;
            case Option<double?> { CustomParser: null } number:
                number.CustomParser = Parse<double>;
                break;
            case Option<int[]> { CustomParser: null } numbers:
                numbers.CustomParser = ParseAll;
                break;
        }
    }

    private static string? Choose(ArgumentResult result, string value, string[] names)
    {
        if (names.FirstOrDefault(name => name.Equals(value, StringComparison.OrdinalIgnoreCase)) is { } name)
        {
            return name;
        }

        result.AddError($"{NameOf(result)} must be one of {string.Join(", ", names)}; got '{value}'.{NearMiss.Question(value, names)}");
        return null;
    }

    private static T? Parse<T>(ArgumentResult result)
        where T : struct, INumber<T>
    {
        string value = result.Tokens[^1].Value;
        bool isWhole = typeof(T) == typeof(int) || typeof(T) == typeof(long);
        NumberStyles style = isWhole ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
        if (T.TryParse(value, style, CultureInfo.InvariantCulture, out T number))
        {
            return number;
        }

        // What is a number, but none that fits, is another fault.
        bool isTooLarge = BigInteger.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
        string expected = isWhole ? isTooLarge ? "a smaller number" : "a whole number, such as 8" : "a number, such as 0.7 or 2e-4";
        result.AddError($"{NameOf(result)} takes {expected}; got '{value}'.");
        return null;
    }

    private static int[] ParseAll(ArgumentResult result)
    {
        List<int> numbers = [];
        foreach (Token token in result.Tokens)
        {
            if (int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
            {
                numbers.Add(number);
            }
            else
            {
                result.AddError($"{NameOf(result)} takes whole numbers, such as 0 1 2; got '{token.Value}'.");
            }
        }

        return [.. numbers];
    }

    private static string NameOf(ArgumentResult result) =>
        result.Parent is OptionResult option ? option.Option.Name : $"<{result.Argument.Name}>";
}
