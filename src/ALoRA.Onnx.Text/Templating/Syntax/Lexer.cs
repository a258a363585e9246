using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Templating.Syntax;

/// <summary>
/// Splits a template into tokens, with <c>trim_blocks</c> and <c>lstrip_blocks</c> on and <c>keep_trailing_newline</c> off, as chat
/// templates are rendered by Transformers.
/// </summary>
internal sealed class Lexer
{
    private readonly string _text;
    private readonly List<Token> _tokens = [];
    private int _position;
    private int _line = 1;
    private bool _atLineStart = true;

    private Lexer(string text) => _text = text;

    public static List<Token> Tokenize(string template)
    {
        string text = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        Lexer lexer = new(text.EndsWith('\n') ? text[..^1] : text);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        while (_position < _text.Length)
        {
            int tag = FindTag(_position);
            if (tag < 0)
            {
                AddData(_text[_position..]);
                break;
            }

            char kind = _text[tag + 1];
            int after = tag + 2;
            char sign = after < _text.Length && _text[after] is '-' or '+' ? _text[after] : '\0';
            after += sign == '\0' ? 0 : 1;
            int rawEnd = kind == '%' ? MatchRaw(after) : -1;
            LeadingData(tag, sign, kind != '{');
            MoveTo(tag);
            if (rawEnd >= 0)
            {
                MoveTo(rawEnd);
                Raw();
            }
            else if (kind == '#')
            {
                MoveTo(after);
                Comment();
            }
            else
            {
                _tokens.Add(new(kind == '%' ? TokenKind.BlockBegin : TokenKind.VariableBegin, _line, ""));
                MoveTo(after);
                Tag(kind == '%');
            }
        }

        _tokens.Add(new(TokenKind.EndOfTemplate, _line, ""));
    }

    private int FindTag(int start)
    {
        for (int i = start; ; i++)
        {
            i = _text.IndexOf('{', i);
            if (i < 0 || i + 1 >= _text.Length)
            {
                return -1;
            }

            if (_text[i + 1] is '%' or '{' or '#')
            {
                return i;
            }
        }
    }

    /// <summary>Adds the text before a tag, stripped as the tag's sign and <c>lstrip_blocks</c> say.</summary>
    private void LeadingData(int tag, char sign, bool stripsIndentation)
    {
        int end = tag;
        if (sign == '-')
        {
            while (end > _position && CharacterClass.IsSpace(_text[end - 1]))
            {
                end--;
            }
        }
        else if (sign != '+' && stripsIndentation)
        {
            int lineStart = end;
            while (lineStart > _position && _text[lineStart - 1] != '\n' && CharacterClass.IsSpace(_text[lineStart - 1]))
            {
                lineStart--;
            }

            bool reachesLineStart = lineStart > _position ? _text[lineStart - 1] == '\n' : _atLineStart;
            end = reachesLineStart ? lineStart : end;
        }

        AddData(_text[_position..end]);
    }

    private void AddData(string data)
    {
        if (data.Length > 0)
        {
            _tokens.Add(new(TokenKind.Data, _line, data));
        }
    }

    private void MoveTo(int position)
    {
        _line += _text.AsSpan(_position, position - _position).Count('\n');
        _position = position;
        _atLineStart = position > 0 && _text[position - 1] == '\n';
    }

    private int SkipSpace(int position)
    {
        while (position < _text.Length && CharacterClass.IsSpace(_text[position]))
        {
            position++;
        }

        return position;
    }

    private int NextBlock(int position) => _text.IndexOf("{%", position, StringComparison.Ordinal);

    private bool At(int position, string expected) => string.CompareOrdinal(_text, position, expected, 0, expected.Length) == 0;

    /// <summary>The position after <c>raw %}</c>, given the one after <c>{%</c> and its sign; -1 where the tag is another.</summary>
    private int MatchRaw(int position)
    {
        position = SkipSpace(position);
        if (!At(position, "raw"))
        {
            return -1;
        }

        position = SkipSpace(position + 3);
        return At(position, "-%}") ? SkipSpace(position + 3) : At(position, "%}") ? position + 2 : -1;
    }

    private void Raw()
    {
        if (_position >= _text.Length)
        {
            return;
        }

        for (int tag = NextBlock(_position); tag >= 0; tag = NextBlock(tag + 1))
        {
            int after = tag + 2;
            char sign = after < _text.Length && _text[after] is '-' or '+' ? _text[after] : '\0';
            after = SkipSpace(after + (sign == '\0' ? 0 : 1));
            int end = At(after, "endraw") ? TagEnd(SkipSpace(after + 6), "%}", trimsNewline: true) : -1;
            if (end >= 0)
            {
                LeadingData(tag, sign, stripsIndentation: true);
                MoveTo(end);
                return;
            }
        }

        throw new SyntaxFailure("Missing end of raw directive", _line);
    }

    private void Comment()
    {
        // Jinja lets a template end right after an opening tag, though not inside one.
        if (_position >= _text.Length)
        {
            return;
        }

        int end = _text.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end >= 0)
        {
            bool signed = end > _position && _text[end - 1] is '-' or '+';
            MoveTo(TagEnd(signed ? end - 1 : end, "#}", trimsNewline: true));
            return;
        }

        throw new SyntaxFailure("Missing end of comment tag", _line);
    }

    /// <summary>The position after a tag's end with its sign and the white space it eats; -1 where there is none.</summary>
    private int TagEnd(int position, string end, bool trimsNewline)
    {
        if (At(position, "-" + end))
        {
            return SkipSpace(position + 1 + end.Length);
        }

        if (trimsNewline && At(position, "+" + end))
        {
            return position + 1 + end.Length;
        }

        if (!At(position, end))
        {
            return -1;
        }

        position += end.Length;
        return trimsNewline && position < _text.Length && _text[position] == '\n' ? position + 1 : position;
    }

    private void Tag(bool isBlock)
    {
        Stack<char> open = new();
        while (true)
        {
            int inside = SkipSpace(_position);
            MoveTo(inside);
            int end = open.Count == 0 ? TagEnd(inside, isBlock ? "%}" : "}}", isBlock) : -1;
            if (end >= 0)
            {
                _tokens.Add(new(isBlock ? TokenKind.BlockEnd : TokenKind.VariableEnd, _line, ""));
                MoveTo(end);
                return;
            }

            if (inside >= _text.Length)
            {
                return;
            }

            TagLexer.Result result = TagLexer.Next(_text, inside, _line, open);
            _tokens.Add(result.Token);
            MoveTo(result.End);
        }
    }
}
