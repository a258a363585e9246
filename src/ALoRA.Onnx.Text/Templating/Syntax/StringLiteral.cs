using System.Globalization;
using System.Text;
using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Templating.Syntax;

/// <summary>String literals in single or double quotes with Python's escape sequences; an unknown escape stays as it is written.</summary>
internal static class StringLiteral
{
    public static TagLexer.Result Read(string text, int start, int line)
    {
        char quote = text[start];
        int end = start + 1;
        while (end < text.Length && text[end] != quote)
        {
            end += text[end] == '\\' ? 2 : 1;
        }

        if (end >= text.Length)
        {
            throw new SyntaxFailure($"unexpected char '{quote}' at {start}: the string is not closed", line);
        }

        string body = text[(start + 1)..end];
        return new(new(TokenKind.String, line, text[start..(end + 1)], body.Contains('\\') ? Unescape(body, line) : body), end + 1);
    }

    private static string Unescape(string body, int line)
    {
        StringBuilder result = new(body.Length);
        for (int i = 0; i < body.Length; i++)
        {
            if (body[i] != '\\')
            {
                result.Append(body[i]);
                continue;
            }

            char c = body[++i];
            switch (c)
            {
                case '\n':
                    break;
                case '\\' or '\'' or '"':
                    result.Append(c);
                    break;
                case 'a':
                    result.Append('\a');
                    break;
                case 'b':
                    result.Append('\b');
                    break;
                case 'f':
                    result.Append('\f');
                    break;
                case 'n':
                    result.Append('\n');
                    break;
                case 'r':
                    result.Append('\r');
                    break;
                case 't':
                    result.Append('\t');
                    break;
                case 'v':
                    result.Append('\v');
                    break;
                case 'x':
                    i = Hexadecimal(body, i, 2, line, result);
                    break;
                case 'u':
                    i = Hexadecimal(body, i, 4, line, result);
                    break;
                case 'U':
                    i = Hexadecimal(body, i, 8, line, result);
                    break;
                case 'N':
                    throw new SyntaxFailure(@"\N{name} escapes are not supported; write \uXXXX", line);
                case >= '0' and <= '7':
                    i = Octal(body, i, result);
                    break;
                default:
                    result.Append('\\').Append(c);
                    break;
            }
        }

        return result.ToString();
    }

    private static int Hexadecimal(string body, int position, int length, int line, StringBuilder result)
    {
        ReadOnlySpan<char> digits = body.AsSpan(position + 1, Math.Min(length, body.Length - position - 1));
        if (digits.Length < length || !uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code)
            || code > 0x10FFFF)
        {
            throw new SyntaxFailure($"truncated or illegal \\{body[position]} escape in a string", line);
        }

        if (code > 0xFFFF)
        {
            result.Append(char.ConvertFromUtf32((int)code));
        }
        else
        {
            result.Append((char)code);
        }

        return position + length;
    }

    private static int Octal(string body, int position, StringBuilder result)
    {
        int code = 0;
        int end = position;
        while (end < body.Length && end < position + 3 && body[end] is >= '0' and <= '7')
        {
            code = (code * 8) + (body[end++] - '0');
        }

        result.Append((char)code);
        return end - 1;
    }
}
