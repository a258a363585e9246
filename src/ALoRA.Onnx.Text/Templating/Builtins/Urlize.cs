using System.Text;
using System.Text.RegularExpressions;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Strings;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Rendering;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>The <c>urlize</c> filter: links in a text become HTML anchors.</summary>
internal static partial class Urlize
{
    public static object? Apply(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("urlize", 0, "trim_url_limit", "nofollow", "target", "rel", "extra_schemes");
        int? limit = MissingValue.Is(bound[0]) || bound[0] is null ? null : PythonInteger.Index(bound[0], "urlize");
        SortedSet<string> rel = new(StringComparer.Ordinal) { "noopener" };
        rel.UnionWith((PythonText.Of(bound[3]) ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (!MissingValue.Is(bound[1]) && PythonTruth.Of(bound[1]))
        {
            rel.Add("nofollow");
        }

        string attributes = $" rel=\"{MarkupValue.EscapeText(string.Join(' ', rel), state.Budget)}\""
            + (PythonText.Of(bound[2]) is string target ? $" target=\"{MarkupValue.EscapeText(target, state.Budget)}\"" : "");
        string[] schemes = MissingValue.Is(bound[4]) || bound[4] is null
            ? []
            : Array.ConvertAll(PythonIteration.ToArray(bound[4], state.Budget), Scheme);
        string text = MarkupValue.Escape(value, state.Budget).Text;
        StringBuilder result = new();
        int start = 0;
        foreach (ValueMatch space in Spaces().EnumerateMatches(text))
        {
            TextReplace.Append(result, "", Word(text[start..space.Index], limit, attributes, schemes), state.Budget);
            TextReplace.Append(result, "", text.Substring(space.Index, space.Length), state.Budget);
            start = space.Index + space.Length;
        }

        TextReplace.Append(result, "", Word(text[start..], limit, attributes, schemes), state.Budget);
        return state.Autoescape ? new MarkupValue(result.ToString()) : result.ToString();
    }

    private static string Scheme(object? value) => PythonText.Of(value) is string scheme && SchemePattern().IsMatch(scheme)
        ? scheme
        : throw TemplateFailure.Value("urlize got an extra scheme that is not a valid URI scheme prefix");

    private static string Word(string word, int? limit, string attributes, string[] schemes)
    {
        int head = Heads().Match(word).Length;
        string middle = word[head..];
        int tail = Tails().Match(middle) is { Success: true } match ? match.Index : middle.Length;
        (middle, string rest) = (middle[..tail], middle[tail..]);
        foreach ((string open, string close) in (ReadOnlySpan<(string, string)>)[("(", ")"), ("<", ">"), ("&lt;", "&gt;")])
        {
            // A closing bracket whose opening one is inside the link belongs to the link.
            int missing = middle.AsSpan().Count(open) - middle.AsSpan().Count(close);
            for (int i = 0; i < Math.Min(missing, rest.AsSpan().Count(close)); i++)
            {
                int end = rest.IndexOf(close, StringComparison.Ordinal) + close.Length;
                (middle, rest) = (middle + rest[..end], rest[end..]);
            }
        }

        return word[..head] + Link(middle, limit, attributes, schemes) + rest;
    }

    private static string Link(string text, int? limit, string attributes, string[] schemes)
    {
        string shown = limit is int most && CodePoints.Count(text) > most
            ? text[..CodePoints.UnitOf(text, Math.Max(most, 0))] + "..."
            : text;
        if (UrlPattern().IsMatch(text))
        {
            string prefix = text.StartsWith("https://", StringComparison.Ordinal) || text.StartsWith("http://", StringComparison.Ordinal)
                ? ""
                : "https://";
            return $"<a href=\"{prefix}{text}\"{attributes}>{shown}</a>";
        }

        if (text.StartsWith("mailto:", StringComparison.Ordinal) && EmailPattern().IsMatch(text[7..]))
        {
            return $"<a href=\"{text}\">{text[7..]}</a>";
        }

        if (text.Contains('@') && !text.StartsWith("www.", StringComparison.Ordinal) && !text.StartsWith('@') && !text.Contains(':')
            && EmailPattern().IsMatch(text))
        {
            return $"<a href=\"mailto:{text}\">{text}</a>";
        }

        return Array.Exists(schemes, scheme => text != scheme && text.StartsWith(scheme, StringComparison.Ordinal))
            ? $"<a href=\"{text}\"{attributes}>{text}</a>"
            : text;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\A(?:[(<]|&lt;)*")]
    private static partial Regex Heads();

    [GeneratedRegex(@"(?:[)>.,\n]|&gt;)+\z")]
    private static partial Regex Tails();

    [GeneratedRegex(@"\A[\w.+-]{2,}:(?:/){0,2}\z")]
    private static partial Regex SchemePattern();

    [GeneratedRegex(@"\A\S+@\w[\w.-]*\.\w+\z")]
    private static partial Regex EmailPattern();

    [GeneratedRegex(
        @"\A(?:(?:https?://|www\.)(?:(?:[\w%-]+\.)+)?(?:[a-z]{2,63}|xn--[\w%]{2,59})"
        + @"|(?:[\w%-]{2,63}\.)+(?:com|net|int|edu|gov|org|info|mil)"
        + @"|https?://(?:(?:[\d]{1,3})(?:\.[\d]{1,3}){3}|\[(?:[\da-f]{0,4}:){2}(?:[\da-f]{0,4}:?){1,6}\]))(?::[\d]{1,5})?(?:[/?#]\S*)?\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UrlPattern();
}
