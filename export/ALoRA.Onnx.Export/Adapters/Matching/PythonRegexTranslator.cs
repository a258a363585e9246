using System.Buffers;
using System.Globalization;
using System.Text;

namespace ALoRA.Onnx.Export.Adapters.Matching;

/// <summary>Rewrites a regular expression of Python's <c>re</c> so that .NET reads it the same way, or refuses it.</summary>
/// <remarks>
/// Most of the syntax is shared. Different are <c>(?P&lt;n&gt;…)</c>, <c>(?P=n)</c>, <c>\Z</c>, <c>\U…</c>,
/// <c>{,n}</c>, the flags a and u, and a <c>[</c> inside a class; constructs that only .NET knows (<c>\p</c>,
/// <c>(?&lt;n&gt;…)</c>, <c>\G</c>, …) are errors in Python and therefore here. Source: docs.python.org/3/library/re.html
/// and learn.microsoft.com/dotnet/standard/base-types/regular-expression-language-quick-reference.
/// </remarks>
internal ref struct PythonRegexTranslator
{
    // Python knows no other backslash plus ASCII letter; of these, Z and U need another spelling.
    private const string SharedEscapes = "AbBdDsSwWnrtfvaxu";
    private static readonly SearchValues<char> SharedFlags = SearchValues.Create("aimsux-");
    private readonly ReadOnlySpan<char> _pattern;
    private readonly StringBuilder _output;
    private int _position;
    private bool _hasNamedGroup;
    private bool _hasNumberedReference;

    private PythonRegexTranslator(ReadOnlySpan<char> pattern)
    {
        _pattern = pattern;
        _output = new StringBuilder(pattern.Length + 16);
    }

    /// <exception cref="FormatException">The expression uses something that the two languages do not share.</exception>
    public static string Translate(string pattern)
    {
        PythonRegexTranslator translator = new(pattern);
        translator.Run();
        return translator._output.ToString();
    }

    private void Run()
    {
        while (_position < _pattern.Length)
        {
            switch (_pattern[_position])
            {
                case '\\':
                    Escape(insideClass: false);
                    break;
                case '[':
                    Class();
                    break;
                case '(' when Follows("(?"):
                    Group();
                    break;
                case '{' when Follows("{,"):
                    // Python reads {,n} as {0,n}; .NET would take it literally.
                    int end = _position + 2;
                    while (end < _pattern.Length && char.IsAsciiDigit(_pattern[end]))
                    {
                        end++;
                    }

                    bool isQuantifier = end < _pattern.Length && _pattern[end] == '}';
                    Replace(2, isQuantifier ? "{0," : "{,");
                    break;
                default:
                    Copy(1);
                    break;
            }
        }

        if (_hasNamedGroup && _hasNumberedReference)
        {
            throw new FormatException("it mixes named groups with numbered references, which Python and .NET number differently");
        }
    }

    private void Group()
    {
        if (Follows("(?P<"))
        {
            _hasNamedGroup = true;
            Replace(4, "(?<");
        }
        else if (Follows("(?P="))
        {
            int length = _pattern[_position..].IndexOf(')');
            string name = length > 4
                ? _pattern.Slice(_position + 4, length - 4).ToString()
                : throw new FormatException("(?P= is not closed");
            Replace(length + 1, $@"\k<{name}>");
        }
        else if (Follows("(?<=") || Follows("(?<!"))
        {
            Copy(4);
        }
        else if (Follows("(?:") || Follows("(?=") || Follows("(?!") || Follows("(?>"))
        {
            Copy(3);
        }
        else if (Follows("(?("))
        {
            _hasNumberedReference |= _position + 3 < _pattern.Length && char.IsAsciiDigit(_pattern[_position + 3]);
            Copy(3);
        }
        else if (Follows("(?#"))
        {
            int length = _pattern[_position..].IndexOf(')');
            Replace(length >= 0 ? length + 1 : throw new FormatException("a comment is not closed"), "");
        }
        else
        {
            Flags();
        }
    }

    private void Flags()
    {
        int start = _position + 2;
        int end = start;
        while (end < _pattern.Length && (char.IsAsciiLetter(_pattern[end]) || _pattern[end] == '-'))
        {
            end++;
        }

        ReadOnlySpan<char> flags = _pattern[start..end];
        if (flags.IsEmpty || end == _pattern.Length || _pattern[end] is not (')' or ':') || flags.ContainsAnyExcept(SharedFlags))
        {
            throw new FormatException($"the group at character {_position} is of a kind that Python or .NET does not know");
        }

        // Module paths are ASCII, so that the ASCII and Unicode flags decide nothing.
        string kept = flags.ToString().Replace("a", "", StringComparison.Ordinal).Replace("u", "", StringComparison.Ordinal);
        string group = _pattern[end] == ':' ? $"(?{kept}:" : kept.Length == 0 ? "" : $"(?{kept})";
        Replace(end + 1 - _position, group);
    }

    private void Class()
    {
        Copy(Follows("[^") ? 2 : 1);
        if (Follows("]"))
        {
            Replace(1, @"\]");
        }

        while (_position < _pattern.Length && _pattern[_position] != ']')
        {
            switch (_pattern[_position])
            {
                case '\\':
                    Escape(insideClass: true);
                    break;
                case '[':
                    // .NET would read -[ as the beginning of a subtraction.
                    Replace(1, @"\[");
                    break;
                default:
                    Copy(1);
                    break;
            }
        }

        if (_position == _pattern.Length)
        {
            throw new FormatException("a character class is not closed");
        }

        Copy(1);
    }

    private void Escape(bool insideClass)
    {
        char escaped = _position + 1 < _pattern.Length ? _pattern[_position + 1] : throw new FormatException("it ends with a backslash");
        if (escaped == 'Z' && !insideClass)
        {
            Replace(2, @"\z");
        }
        else if (escaped == 'U')
        {
            bool isCode = _pattern.Length - _position >= 10
                & int.TryParse(
                    _pattern[Math.Min(_position + 2, _pattern.Length)..Math.Min(_position + 10, _pattern.Length)],
                    NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code);
            Replace(10, isCode && code is >= 0 and <= 0xFFFF
                ? $@"\u{code:X4}"
                : throw new FormatException(@"\U is followed by something else than eight digits of a character below 10000"));
        }
        else if (char.IsAsciiLetter(escaped) && !SharedEscapes.Contains(escaped, StringComparison.Ordinal))
        {
            throw new FormatException($@"Python does not know the escape \{escaped}");
        }
        else
        {
            _hasNumberedReference |= !insideClass && escaped is >= '1' and <= '9';
            Copy(2);
        }
    }

    private readonly bool Follows(ReadOnlySpan<char> text) => _pattern[_position..].StartsWith(text);

    private void Copy(int length)
    {
        _output.Append(_pattern.Slice(_position, length));
        _position += length;
    }

    private void Replace(int length, string replacement)
    {
        _output.Append(replacement);
        _position += length;
    }
}
