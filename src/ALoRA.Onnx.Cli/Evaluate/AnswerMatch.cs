using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>When an answer counts as one of the right ones.</summary>
internal sealed partial class AnswerMatch
{
    /// <summary>The same text, but for white space at its ends.</summary>
    public const string Exact = "exact";

    /// <summary>The same words: without case, punctuation and the articles a, an and the.</summary>
    public const string Normalized = "normalized";

    /// <summary>The words of the right answer, one behind the other, somewhere in the answer.</summary>
    public const string Contains = "contains";

    /// <summary>The right answer is a regular expression that is found in the answer.</summary>
    public const string Regex = "regex";

    // An expression that needs longer for a text is refused rather than waited for.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly string _mode;

    /// <summary>Creates a comparison.</summary>
    /// <param name="mode">One of <see cref="Modes"/>.</param>
    public AnswerMatch(string mode) => _mode = mode;

    public static string[] Modes { get; } = [Exact, Normalized, Contains, Regex];

    /// <summary>Whether an answer is one of the right ones.</summary>
    /// <exception cref="FormatException">A right answer is no regular expression, or one that takes too long.</exception>
    public bool Judge(IReadOnlyList<GoldAnswer> gold, string answer) => gold.Any(right => Judge(right, answer));

    private bool Judge(GoldAnswer right, string answer)
    {
        if (_mode == Regex)
        {
            return Find(right.Text, answer);
        }

        if (right.IsNumber && double.TryParse(right.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            IEnumerable<string> said = _mode == Contains
                ? Numbers().Matches(answer).Select(found => found.Value)
                : [answer.Trim().TrimEnd('.')];
            return said.Any(text => double.TryParse(
                text.Replace(",", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && value.Equals(number));
        }

        return _mode switch
        {
            Normalized => Normalize(right.Text) == Normalize(answer),
            Contains => $" {Normalize(answer)} ".Contains($" {Normalize(right.Text)} ", StringComparison.Ordinal),
            _ => string.Equals(right.Text.Trim(), answer.Trim(), StringComparison.Ordinal),
        };
    }

    private static bool Find(string pattern, string answer)
    {
        try
        {
            return System.Text.RegularExpressions.Regex.IsMatch(answer, pattern, RegexOptions.CultureInvariant, Limit);
        }
        catch (ArgumentException exception)
        {
            throw new FormatException($"gold '{pattern}' is no regular expression: {exception.Message}", exception);
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new FormatException($"gold '{pattern}' takes longer than {Limit.TotalSeconds:0} s on an answer; simplify it.", exception);
        }
    }

    // As the evaluations of SQuAD do it.
    private static string Normalize(string text)
    {
        StringBuilder words = new(text.Length);
        foreach (char letter in text.ToLowerInvariant())
        {
            words.Append(char.IsPunctuation(letter) || char.IsSymbol(letter) ? ' ' : letter);
        }

        return string.Join(' ', words.ToString()
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Where(word => word is not ("a" or "an" or "the")));
    }

    [GeneratedRegex(@"[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();
}
