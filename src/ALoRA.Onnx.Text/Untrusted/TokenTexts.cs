using System.Buffers;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Untrusted;

/// <summary>
/// Texts that values must not bring into a prompt, and where a value has to be cut so that none of them stands in it or comes together
/// from its ends and what is beside it. Immutable, thread-safe.
/// </summary>
internal sealed class TokenTexts
{
    private readonly StringComparison _comparison;
    private readonly SearchValues<string> _whole;
    private readonly SearchValues<char> _firstUnits;
    private readonly SearchValues<char> _lastUnits;
    private readonly SearchValues<char> _edgeUnits;
    private readonly string[] _sorted;
    private readonly string[] _reversed;
    private readonly HashSet<string> _middles;
    private readonly HashSet<string> _words;
    private readonly int _longest;
    private readonly int _longestMiddle;

    /// <summary>Prepares the search.</summary>
    /// <param name="texts">The texts, none of them empty.</param>
    /// <param name="ignoreCase">Whether the template may change the case of a value.</param>
    /// <param name="template">
    /// The template, between whose own texts a value may be the middle of a token, and which may compare values with words.
    /// </param>
    public TokenTexts(IEnumerable<string> texts, bool ignoreCase, ChatTemplate template)
    {
        _comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        StringComparer comparer = StringComparer.FromComparison(_comparison);
        _sorted = [.. texts.Distinct(comparer).Order(comparer)];
        _reversed = [.. _sorted.Select(Reversed).Order(comparer)];
        _whole = SearchValues.Create(_sorted, _comparison);
        char[] first = [.. _sorted.SelectMany(text => Cases(text[0], ignoreCase)).Distinct()];
        char[] last = [.. _sorted.SelectMany(text => Cases(text[^1], ignoreCase)).Distinct()];
        _firstUnits = SearchValues.Create(first);
        _lastUnits = SearchValues.Create(last);
        _edgeUnits = SearchValues.Create([.. first.Union(last)]);
        _longest = _sorted.Select(text => text.Length).DefaultIfEmpty(0).Max();
        _middles = Middles(template.Literals(), comparer);
        _longestMiddle = _middles.Select(text => text.Length).DefaultIfEmpty(0).Max();
        _words = template.Words().ToHashSet(comparer);
    }

    /// <summary>Whether a value has nothing that one of the texts begins or ends with, and is no middle of one: it needs no cut.</summary>
    public bool IsPlain(string value) => !value.AsSpan().ContainsAny(_edgeUnits) && !IsMiddle(value);

    /// <summary>Whether a value has a character that one of the texts begins with.</summary>
    public bool MayBegin(string value) => value.AsSpan().ContainsAny(_firstUnits);

    /// <summary>The same text with letters in place of the characters that begin and end tokens.</summary>
    public string Neutral(string value) => string.Create(value.Length, (value, this), static (units, state) =>
    {
        state.value.CopyTo(units);
        for (int i = 0; i < units.Length; i++)
        {
            units[i] = !char.IsLetterOrDigit(units[i]) && (state.Item2._firstUnits.Contains(units[i])
                || state.Item2._lastUnits.Contains(units[i])) ? 'x' : units[i];
        }
    });

    /// <summary>The texts that stand in a value, the longest at each place.</summary>
    public IEnumerable<(int Start, string Text)> FindAll(string value)
    {
        for (int from = 0; from < value.Length; from++)
        {
            int found = value.AsSpan(from).IndexOfAny(_whole);
            if (found < 0)
            {
                yield break;
            }

            from += found;
            yield return (from, _sorted.Where(text => value.AsSpan(from).StartsWith(text, _comparison)).MaxBy(text => text.Length)!);
        }
    }

    /// <summary>Appends the places where a value has to be cut, not in order, possibly several times.</summary>
    /// <param name="value">The value.</param>
    /// <param name="trusted">Ascending stretches in which texts may stand.</param>
    /// <param name="middles">Whether a value is cut off that is the middle of a token.</param>
    /// <param name="places">Gets the places, from 0 to the value's length.</param>
    public void FindCuts(string value, IReadOnlyList<(int Start, int End)> trusted, MiddleCuts middles, List<int> places)
    {
        ReadOnlySpan<char> text = value;
        if (middles != MiddleCuts.None && IsMiddle(value) && (middles == MiddleCuts.All || !_words.Contains(value)))
        {
            places.Add(0);
            places.Add(text.Length);
        }

        // Most values have nothing that a token begins or ends with.
        if (!text.ContainsAny(_edgeUnits))
        {
            return;
        }

        for (int from = 0; ;)
        {
            int found = text[from..].IndexOfAny(_whole);
            if (found < 0)
            {
                break;
            }

            int start = from + found;
            int skipped = trusted.Where(stretch => start >= stretch.Start && start < stretch.End).Select(stretch => stretch.End)
                .DefaultIfEmpty(-1).First();
            if (skipped >= 0)
            {
                from = skipped;
                continue;
            }

            // Behind the first character; a text of one character stands alone between two cuts.
            from = start + CodePoints.LengthAt(value, start);
            places.Add(from);
            if (IsWhole(text[start..from]))
            {
                places.Add(start);
            }
        }

        if (!trusted.Any(stretch => stretch.End == value.Length) && EndsInside(text))
        {
            places.Add(text.Length);
        }

        if (!trusted.Any(stretch => stretch.Start == 0) && BeginsInside(text))
        {
            places.Add(0);
        }
    }

    /// <summary>Whether a value would be a token between two texts of the template.</summary>
    public bool IsMiddle(string value) => value.Length <= _longestMiddle && _middles.Contains(value);

    private static IEnumerable<char> Cases(char unit, bool all) =>
        all ? [unit, char.ToUpperInvariant(unit), char.ToLowerInvariant(unit)] : [unit];

    private static string Reversed(string text)
    {
        char[] units = text.ToCharArray();
        units.AsSpan().Reverse();
        return new string(units);
    }

    // Whether a text begins with the end of the value and goes on.
    private bool EndsInside(ReadOnlySpan<char> value)
    {
        int from = Math.Max(0, value.Length - _longest + 1);
        while (true)
        {
            int found = value[from..].IndexOfAny(_firstUnits);
            if (found < 0)
            {
                return false;
            }

            from += found;
            if (!value[from..].IsWhiteSpace() && BeginsOne(_sorted, value[from..]))
            {
                return true;
            }

            from++;
        }
    }

    // Whether a text ends with the beginning of the value and starts before it.
    private bool BeginsInside(ReadOnlySpan<char> value)
    {
        int length = Math.Min(value.Length, _longest - 1);
        while (length > 0)
        {
            int last = value[..length].LastIndexOfAny(_lastUnits);
            if (last < 0)
            {
                return false;
            }

            length = last + 1;
            if (!value[..length].IsWhiteSpace())
            {
                char[] reversed = value[..length].ToArray();
                reversed.AsSpan().Reverse();
                if (BeginsOne(_reversed, reversed))
                {
                    return true;
                }
            }

            length = last;
        }

        return false;
    }

    private bool IsWhole(ReadOnlySpan<char> value)
    {
        int index = LowerBound(_sorted, value);
        return index < _sorted.Length && value.Equals(_sorted[index], _comparison);
    }

    private bool BeginsOne(string[] sorted, ReadOnlySpan<char> start)
    {
        int index = LowerBound(sorted, start);
        index += index < sorted.Length && sorted[index].Length == start.Length && start.Equals(sorted[index], _comparison) ? 1 : 0;
        return index < sorted.Length && sorted[index].AsSpan().StartsWith(start, _comparison);
    }

    private int LowerBound(string[] sorted, ReadOnlySpan<char> value)
    {
        (int low, int high) = (0, sorted.Length);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle].AsSpan().CompareTo(value, _comparison) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private HashSet<string> Middles(IEnumerable<string> literals, StringComparer comparer)
    {
        const int LongestEdge = 64;
        HashSet<string> ends = new(comparer);
        HashSet<string> starts = new(comparer);
        foreach (string literal in literals)
        {
            for (int length = 1; length <= Math.Min(literal.Length, LongestEdge); length++)
            {
                ends.Add(literal[^length..]);
                starts.Add(literal[..length]);
            }
        }

        HashSet<string> middles = new(comparer);
        foreach (string text in _sorted)
        {
            int[] befores = [.. Enumerable.Range(1, text.Length - 1).Where(length => ends.Contains(text[..length]))];
            int[] behinds = befores.Length == 0 ? [] : [.. Enumerable.Range(1, text.Length - 1).Where(at => starts.Contains(text[at..]))];
            middles.UnionWith(befores.SelectMany(from => behinds.Where(to => to > from).Select(to => text[from..to])));
        }

        return middles;
    }
}

/// <summary>Which values are cut off that are the middle of a token; a template that compares them sees them no more.</summary>
internal enum MiddleCuts
{
    None,

    /// <summary>Those that are not among the template's own words.</summary>
    Foreign,

    All,
}
