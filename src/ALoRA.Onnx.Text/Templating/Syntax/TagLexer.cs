using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Templating.Syntax;

/// <summary>Reads one token inside a tag: a number, name, string or operator.</summary>
internal static class TagLexer
{
    public static Result Next(string text, int position, int line, Stack<char> open)
    {
        char c = text[position];
        if (char.IsAsciiDigit(c))
        {
            return NumberLiteral.Read(text, position, line);
        }

        if (c is '\'' or '"')
        {
            return StringLiteral.Read(text, position, line);
        }

        int scalar = CodePoint(text, position);
        if (CharacterClass.IsIdentifierPart(scalar))
        {
            return ReadName(text, position, line);
        }

        (TokenKind kind, int length) = Operator(text, position);
        if (length == 0)
        {
            throw new SyntaxFailure($"unexpected char '{char.ConvertFromUtf32(scalar)}' at {position}", line);
        }

        Balance(c, line, open);
        return new(new(kind, line, text.Substring(position, length)), position + length);
    }

    private static int CodePoint(string text, int position) =>
        char.IsHighSurrogate(text[position]) && position + 1 < text.Length && char.IsLowSurrogate(text[position + 1])
            ? char.ConvertToUtf32(text[position], text[position + 1])
            : char.IsSurrogate(text[position]) ? 0xFFFD : text[position];

    private static Result ReadName(string text, int position, int line)
    {
        int end = position;
        while (end < text.Length)
        {
            int scalar = CodePoint(text, end);
            if (!CharacterClass.IsIdentifierPart(scalar))
            {
                break;
            }

            end += scalar > 0xFFFF ? 2 : 1;
        }

        string name = text[position..end];
        return CharacterClass.IsIdentifierStart(CodePoint(text, position))
            ? new(new(TokenKind.Name, line, name), end)
            : throw new SyntaxFailure($"Invalid character in identifier '{name}'", line);
    }

    private static void Balance(char c, int line, Stack<char> open)
    {
        switch (c)
        {
            case '(':
                open.Push(')');
                break;
            case '[':
                open.Push(']');
                break;
            case '{':
                open.Push('}');
                break;
            case ')' or ']' or '}':
                char expected = open.TryPop(out char top) ? top : throw new SyntaxFailure($"unexpected '{c}'", line);
                if (expected != c)
                {
                    throw new SyntaxFailure($"unexpected '{c}', expected '{expected}'", line);
                }

                break;
        }
    }

    private static (TokenKind Kind, int Length) Operator(string text, int position)
    {
        char next = position + 1 < text.Length ? text[position + 1] : '\0';
        return (text[position], next) switch
        {
            ('/', '/') => (TokenKind.FloorDivide, 2),
            ('*', '*') => (TokenKind.Power, 2),
            ('=', '=') => (TokenKind.Equal, 2),
            ('!', '=') => (TokenKind.NotEqual, 2),
            ('>', '=') => (TokenKind.GreaterOrEqual, 2),
            ('<', '=') => (TokenKind.LessOrEqual, 2),
            ('+', _) => (TokenKind.Add, 1),
            ('-', _) => (TokenKind.Subtract, 1),
            ('*', _) => (TokenKind.Multiply, 1),
            ('/', _) => (TokenKind.Divide, 1),
            ('%', _) => (TokenKind.Modulo, 1),
            ('~', _) => (TokenKind.Tilde, 1),
            ('[', _) => (TokenKind.LeftBracket, 1),
            (']', _) => (TokenKind.RightBracket, 1),
            ('(', _) => (TokenKind.LeftParenthesis, 1),
            (')', _) => (TokenKind.RightParenthesis, 1),
            ('{', _) => (TokenKind.LeftBrace, 1),
            ('}', _) => (TokenKind.RightBrace, 1),
            ('>', _) => (TokenKind.Greater, 1),
            ('<', _) => (TokenKind.Less, 1),
            ('=', _) => (TokenKind.Assign, 1),
            ('.', _) => (TokenKind.Dot, 1),
            (':', _) => (TokenKind.Colon, 1),
            ('|', _) => (TokenKind.Pipe, 1),
            (',', _) => (TokenKind.Comma, 1),
            (';', _) => (TokenKind.Semicolon, 1),
            _ => (TokenKind.EndOfTemplate, 0),
        };
    }

    /// <summary>A token and the position after it.</summary>
    public readonly record struct Result(Token Token, int End);
}
