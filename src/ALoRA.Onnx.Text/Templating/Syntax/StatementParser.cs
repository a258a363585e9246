using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Templating.Syntax;

/// <summary>Parses text, prints and the control statements; the others are in <see cref="DeclarationParser"/>.</summary>
internal sealed class StatementParser
{
    private readonly TokenStream _stream;
    private readonly ExpressionParser _expressions;
    private readonly DeclarationParser _declarations;
    private readonly Stack<(string Tag, string[] EndNames)> _open = new();

    public StatementParser(TokenStream stream)
    {
        _stream = stream;
        _expressions = new ExpressionParser(stream);
        _declarations = new DeclarationParser(stream, _expressions, this);
    }

    public Statement[] ParseTemplate() => Statements("", []);

    /// <summary>Parses the body of a tag up to one of <paramref name="endNames"/>, which is consumed and given back.</summary>
    public Statement[] Body(string tag, out string endName, params string[] endNames)
    {
        _stream.SkipIf(TokenKind.Colon);
        _stream.Expect(TokenKind.BlockEnd, "'%}'");
        Statement[] body = Statements(tag, endNames);
        endName = _stream.Next().Text;
        return body;
    }

    private Statement[] Statements(string tag, string[] endNames)
    {
        StackGuard.CheckSyntax(_stream.Current.Line);
        _open.Push((tag, endNames));
        List<Statement> body = [];
        while (_stream.Current.Kind != TokenKind.EndOfTemplate)
        {
            Token token = _stream.Next();
            if (token.Kind == TokenKind.Data)
            {
                body.Add(new TextStatement(token.Text, token.Line));
            }
            else if (token.Kind == TokenKind.VariableBegin)
            {
                body.Add(new PrintStatement(_expressions.ParseTuple(), token.Line));
                _stream.Expect(TokenKind.VariableEnd, "'}}'");
            }
            else
            {
                if (_stream.Current.Kind == TokenKind.Name && endNames.Contains(_stream.Current.Text))
                {
                    _open.Pop();
                    return [.. body];
                }

                Statement(body);
                _stream.Expect(TokenKind.BlockEnd, "'%}'");
            }
        }

        if (endNames.Length > 0)
        {
            throw new SyntaxFailure("Unexpected end of template." + Expectation(), _stream.Current.Line);
        }

        return [.. body];
    }

    private void Statement(List<Statement> body)
    {
        Token tag = _stream.Expect(TokenKind.Name, "a tag name");
        switch (tag.Text)
        {
            case "if":
                body.Add(If(tag.Line));
                break;
            case "for":
                body.Add(For(tag.Line));
                break;
            case "print":
                Print(body, tag.Line);
                break;
            case "break":
                body.Add(new BreakStatement(tag.Line));
                break;
            case "continue":
                body.Add(new ContinueStatement(tag.Line));
                break;
            default:
                body.Add(_declarations.Parse(tag)
                    ?? throw new SyntaxFailure($"Encountered unknown tag '{tag.Text}'.{Expectation()}", tag.Line));
                break;
        }
    }

    private string Expectation()
    {
        (string tag, string[] endNames) = _open.Peek();
        return endNames.Length == 0 ? "" : $" Jinja was looking for the following tags: '{string.Join("' or '", endNames)}'."
            + $" The innermost block that needs to be closed is '{tag}'.";
    }

    private IfStatement If(int line)
    {
        List<(Expression, Statement[])> branches = [];
        string end;
        do
        {
            Expression test = _expressions.ParseTuple(allowConditional: false);
            branches.Add((test, Body("if", out end, "elif", "else", "endif")));
        }
        while (end == "elif");
        return new IfStatement([.. branches], end == "else" ? Body("if", out _, "endif") : [], line);
    }

    private ForStatement For(int line)
    {
        Expression target = _expressions.ParseTarget();
        _stream.ExpectName("in");
        Expression iterable = _expressions.ParseTuple(allowConditional: false);
        Expression? test = _stream.SkipIfName("if") ? _expressions.Parse() : null;
        bool recursive = _stream.SkipIfName("recursive");
        Statement[] body = Body("for", out string end, "endfor", "else");
        return new ForStatement(target, iterable, test, body, end == "else" ? Body("for", out _, "endfor") : [], recursive, line);
    }

    private void Print(List<Statement> body, int line)
    {
        bool first = true;
        while (_stream.Current.Kind != TokenKind.BlockEnd)
        {
            if (!first)
            {
                _stream.Expect(TokenKind.Comma, "','");
            }

            first = false;
            body.Add(new PrintStatement(_expressions.Parse(), line));
        }
    }
}
