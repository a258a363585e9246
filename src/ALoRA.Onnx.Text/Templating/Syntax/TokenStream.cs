using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Templating.Syntax;

/// <summary>A cursor over the tokens with one token of lookahead; the last token is always <see cref="TokenKind.EndOfTemplate"/>.</summary>
internal sealed class TokenStream(List<Token> tokens)
{
    private int _position;

    public Token Current => tokens[_position];

    public Token LookAhead => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public Token Next()
    {
        Token token = tokens[_position];
        if (_position < tokens.Count - 1)
        {
            _position++;
        }

        return token;
    }

    public void Skip(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Next();
        }
    }

    public bool SkipIf(TokenKind kind)
    {
        bool matches = Current.Kind == kind;
        if (matches)
        {
            Next();
        }

        return matches;
    }

    public bool SkipIfName(string name)
    {
        bool matches = Current.IsName(name);
        if (matches)
        {
            Next();
        }

        return matches;
    }

    public Token Expect(TokenKind kind, string description)
    {
        Token token = Current;
        if (token.Kind != kind)
        {
            throw token.Kind == TokenKind.EndOfTemplate
                ? new SyntaxFailure($"unexpected end of template, expected {description}", token.Line)
                : new SyntaxFailure($"expected {description}, got '{token.Describe()}'", token.Line);
        }

        return Next();
    }

    public Token ExpectName() => Expect(TokenKind.Name, "a name");

    public Token ExpectName(string name)
    {
        if (!Current.IsName(name))
        {
            throw new SyntaxFailure($"expected '{name}', got '{Current.Describe()}'", Current.Line);
        }

        return Next();
    }
}
