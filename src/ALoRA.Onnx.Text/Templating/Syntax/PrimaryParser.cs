using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Templating.Syntax;

/// <summary>Parses signs, names, literals, and what follows them: attributes, subscripts, calls, filters and tests.</summary>
internal sealed class PrimaryParser(TokenStream stream, ExpressionParser expressions)
{
    public Expression Unary(bool withFilters = true)
    {
        Token token = stream.Current;
        StackGuard.CheckSyntax(token.Line);
        Expression node;
        if (token.Kind is TokenKind.Subtract or TokenKind.Add)
        {
            stream.Next();
            node = new UnaryExpression(token.Kind == TokenKind.Subtract, Unary(withFilters: false), token.Line);
        }
        else
        {
            node = Parse();
        }

        node = Postfix(node);
        return withFilters ? FiltersAndTests(node) : node;
    }

    public Expression Parse(bool allowNamespace = false)
    {
        Token token = stream.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                stream.Next();
                return Name(token, allowNamespace);
            case TokenKind.String:
                return new ConstantExpression(AdjacentStrings(), token.Line);
            case TokenKind.Integer or TokenKind.Float:
                stream.Next();
                return new ConstantExpression(token.Value, token.Line);
            case TokenKind.LeftParenthesis:
                stream.Next();
                Expression inner = expressions.ParseTuple(parenthesized: true);
                stream.Expect(TokenKind.RightParenthesis, "')'");
                return inner;
            case TokenKind.LeftBracket:
                return List();
            case TokenKind.LeftBrace:
                return Dict();
            default:
                throw new SyntaxFailure($"unexpected '{token.Describe()}'", token.Line);
        }
    }

    public FilterExpression? Filters(Expression? target, bool startsInline)
    {
        FilterExpression? filter = null;
        for (int i = 0; startsInline || stream.Current.Kind == TokenKind.Pipe; i++)
        {
            ExpressionParser.CheckChain(i, stream.Current.Line);
            if (!startsInline)
            {
                stream.Next();
            }

            startsInline = false;
            int line = stream.Current.Line;
            string name = DottedName();
            CallArguments arguments = stream.Current.Kind == TokenKind.LeftParenthesis ? Arguments() : CallArguments.None;
            filter = new FilterExpression(filter ?? target, name, arguments, line);
        }

        return filter;
    }

    private Expression Name(Token token, bool allowNamespace)
    {
        switch (token.Text)
        {
            case "true" or "True":
                return new ConstantExpression(true, token.Line);
            case "false" or "False":
                return new ConstantExpression(false, token.Line);
            case "none" or "None":
                return new ConstantExpression(null, token.Line);
        }

        NameExpression name = new(token.Text, token.Line);
        return allowNamespace && stream.SkipIf(TokenKind.Dot) ? new NamespaceTarget(name, stream.ExpectName().Text, token.Line) : name;
    }

    private string AdjacentStrings()
    {
        string text = (string)stream.Next().Value!;
        List<string>? parts = null;
        while (stream.Current.Kind == TokenKind.String)
        {
            parts ??= [text];
            parts.Add((string)stream.Next().Value!);
        }

        return parts is null ? text : string.Concat(parts);
    }

    private ListExpression List()
    {
        int line = stream.Next().Line;
        List<Expression> items = [];
        while (stream.Current.Kind != TokenKind.RightBracket)
        {
            items.Add(expressions.Parse());
            if (!stream.SkipIf(TokenKind.Comma))
            {
                break;
            }
        }

        stream.Expect(TokenKind.RightBracket, "']'");
        return new ListExpression([.. items], line);
    }

    private DictExpression Dict()
    {
        int line = stream.Next().Line;
        List<(Expression, Expression)> items = [];
        while (stream.Current.Kind != TokenKind.RightBrace)
        {
            Expression key = expressions.Parse();
            stream.Expect(TokenKind.Colon, "':'");
            items.Add((key, expressions.Parse()));
            if (!stream.SkipIf(TokenKind.Comma))
            {
                break;
            }
        }

        stream.Expect(TokenKind.RightBrace, "'}'");
        return new DictExpression([.. items], line);
    }

    private Expression Postfix(Expression node)
    {
        for (int i = 0; ; i++)
        {
            ExpressionParser.CheckChain(i, node.Line);
            switch (stream.Current.Kind)
            {
                case TokenKind.Dot:
                    node = Attribute(node);
                    break;
                case TokenKind.LeftBracket:
                    node = Subscript(node);
                    break;
                case TokenKind.LeftParenthesis:
                    int line = stream.Current.Line;
                    node = new CallExpression(node, Arguments(), line);
                    break;
                default:
                    return node;
            }
        }
    }

    private Expression FiltersAndTests(Expression node)
    {
        for (int i = 0; ; i++)
        {
            ExpressionParser.CheckChain(i, node.Line);
            if (stream.Current.Kind == TokenKind.Pipe)
            {
                node = Filters(node, startsInline: false)!;
            }
            else if (stream.Current.IsName("is"))
            {
                node = Test(node);
            }
            else if (stream.Current.Kind == TokenKind.LeftParenthesis)
            {
                int line = stream.Current.Line;
                node = new CallExpression(node, Arguments(), line);
            }
            else
            {
                return node;
            }
        }
    }

    private Expression Attribute(Expression target)
    {
        int line = stream.Next().Line;
        Token token = stream.Next();
        return token.Kind switch
        {
            TokenKind.Name => new AttributeExpression(target, token.Text, line),
            TokenKind.Integer => new ItemExpression(target, new ConstantExpression(token.Value, token.Line), line),
            _ => throw new SyntaxFailure($"expected name or number after '.', got '{token.Describe()}'", token.Line),
        };
    }

    private ItemExpression Subscript(Expression target)
    {
        int line = stream.Next().Line;
        List<Expression> keys = [];
        while (stream.Current.Kind != TokenKind.RightBracket)
        {
            if (keys.Count > 0)
            {
                stream.Expect(TokenKind.Comma, "','");
            }

            keys.Add(SubscriptKey());
        }

        stream.Next();
        if (keys.Count > 1 && keys.Exists(key => key is SliceExpression))
        {
            throw new SyntaxFailure("a slice may only stand alone in square brackets", line);
        }

        return new ItemExpression(target, keys.Count == 1 ? keys[0] : new TupleExpression([.. keys], line), line);
    }

    private Expression SubscriptKey()
    {
        int line = stream.Current.Line;
        Expression? start = stream.Current.Kind == TokenKind.Colon ? null : expressions.Parse();
        if (!stream.SkipIf(TokenKind.Colon))
        {
            return start!;
        }

        Expression? stop = SlicePart();
        Expression? step = stream.SkipIf(TokenKind.Colon) ? SlicePart() : null;
        return new SliceExpression(start, stop, step, line);
    }

    private Expression? SlicePart() =>
        stream.Current.Kind is TokenKind.Colon or TokenKind.RightBracket or TokenKind.Comma ? null : expressions.Parse();

    private CallArguments Arguments()
    {
        int line = stream.Expect(TokenKind.LeftParenthesis, "'('").Line;
        List<Expression> positional = [];
        List<(string, Expression)> named = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        Expression? morePositional = null;
        Expression? moreNamed = null;
        while (stream.Current.Kind != TokenKind.RightParenthesis)
        {
            bool isNamed = stream.Current.Kind == TokenKind.Name && stream.LookAhead.Kind == TokenKind.Assign;
            if (stream.Current.Kind == TokenKind.Multiply && morePositional is null && moreNamed is null)
            {
                stream.Next();
                morePositional = expressions.Parse();
            }
            else if (stream.Current.Kind == TokenKind.Power && moreNamed is null)
            {
                stream.Next();
                moreNamed = expressions.Parse();
            }
            else if (isNamed && moreNamed is null)
            {
                string name = stream.Next().Text;
                stream.Next();
                named.Add(!names.Add(name)
                    ? throw new SyntaxFailure($"keyword argument repeated: {name}", line)
                    : (name, expressions.Parse()));
            }
            else if (!isNamed && morePositional is null && moreNamed is null && named.Count == 0
                && stream.Current.Kind is not (TokenKind.Multiply or TokenKind.Power))
            {
                positional.Add(expressions.Parse());
            }
            else
            {
                throw new SyntaxFailure("invalid syntax for function call expression", line);
            }

            if (!stream.SkipIf(TokenKind.Comma))
            {
                break;
            }
        }

        stream.Expect(TokenKind.RightParenthesis, "')'");
        return new CallArguments([.. positional], [.. named], morePositional, moreNamed);
    }

    private string DottedName()
    {
        string name = stream.ExpectName().Text;
        while (stream.SkipIf(TokenKind.Dot))
        {
            name += "." + stream.ExpectName().Text;
        }

        return name;
    }

    private Expression Test(Expression target)
    {
        int line = stream.Next().Line;
        bool negated = stream.SkipIfName("not");
        string name = DottedName();
        CallArguments arguments = CallArguments.None;
        if (stream.Current.Kind == TokenKind.LeftParenthesis)
        {
            arguments = Arguments();
        }
        else if (StartsTestArgument())
        {
            if (stream.Current.IsName("is"))
            {
                throw new SyntaxFailure("You cannot chain multiple tests with is", line);
            }

            arguments = CallArguments.None with { Positional = [Postfix(Parse())] };
        }

        TestExpression test = new(target, name, arguments, line);
        return negated ? new NotExpression(test, line) : test;
    }

    private bool StartsTestArgument() => stream.Current.Kind switch
    {
        TokenKind.Name => stream.Current.Text is not ("else" or "or" or "and"),
        TokenKind.String or TokenKind.Integer or TokenKind.Float or TokenKind.LeftBracket or TokenKind.LeftBrace => true,
        _ => false,
    };
}
