using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Templating.Syntax;

/// <summary>
/// Parses operators, from the loosest (<c>if … else</c>) to the tightest (<c>**</c>,
/// then signs); <see cref="PrimaryParser"/> does the rest.
/// </summary>
internal sealed class ExpressionParser
{
    // A left-leaning chain (a + b + c …) nests its nodes as deep as it is long, and is evaluated recursively.
    private const int MaxChain = 2000;

    private readonly TokenStream _stream;
    private readonly PrimaryParser _primary;

    public ExpressionParser(TokenStream stream)
    {
        _stream = stream;
        _primary = new PrimaryParser(stream, this);
    }

    public Expression Parse(bool allowConditional = true)
    {
        StackGuard.CheckSyntax(_stream.Current.Line);
        return allowConditional ? Conditional() : Or();
    }

    public Expression ParseTuple(bool allowConditional = true, bool parenthesized = false) =>
        Tuple(() => Parse(allowConditional), parenthesized);

    public FilterExpression? ParseFilters(Expression? target, bool startsInline = false) => _primary.Filters(target, startsInline);

    public NameExpression ParseNameTarget()
    {
        Token token = _stream.ExpectName();
        NameExpression name = new(token.Text, token.Line);
        RequireAssignable(name);
        return name;
    }

    public Expression ParseTarget(bool allowNamespace = false)
    {
        Expression target = Tuple(() => _primary.Parse(allowNamespace), parenthesized: false);
        RequireAssignable(target);
        return target;
    }

    public static void CheckChain(int length, int line)
    {
        if (length >= MaxChain)
        {
            throw new SyntaxFailure($"more than {MaxChain} operators in one chain", line);
        }
    }

    private static void RequireAssignable(Expression target)
    {
        switch (target)
        {
            case NameExpression { Name: not ("true" or "false" or "none" or "True" or "False" or "None") } or NamespaceTarget:
                return;
            case TupleExpression tuple:
                Array.ForEach(tuple.Items, RequireAssignable);
                return;
            default:
                throw new SyntaxFailure("can't assign to this expression; a name, a tuple of names or namespace.attribute is expected",
                    target.Line);
        }
    }

    private Expression Tuple(Func<Expression> parseItem, bool parenthesized)
    {
        int line = _stream.Current.Line;
        List<Expression> items = [];
        bool isTuple = false;
        while (!IsTupleEnd)
        {
            items.Add(parseItem());
            if (!_stream.SkipIf(TokenKind.Comma))
            {
                break;
            }

            isTuple = true;
        }

        if (!isTuple && items.Count == 1)
        {
            return items[0];
        }

        return isTuple || parenthesized
            ? new TupleExpression([.. items], line)
            : throw new SyntaxFailure($"Expected an expression, got '{_stream.Current.Describe()}'", _stream.Current.Line);
    }

    private bool IsTupleEnd => _stream.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd or TokenKind.RightParenthesis;

    private Expression Conditional()
    {
        int line = _stream.Current.Line;
        Expression value = Or();
        for (int i = 0; _stream.SkipIfName("if"); i++)
        {
            CheckChain(i, line);
            Expression test = Or();
            Expression? otherwise = _stream.SkipIfName("else") ? Parse() : null;
            value = new ConditionalExpression(test, value, otherwise, line);
            line = _stream.Current.Line;
        }

        return value;
    }

    private Expression Or()
    {
        int line = _stream.Current.Line;
        Expression left = And();
        for (int i = 0; _stream.SkipIfName("or"); i++)
        {
            CheckChain(i, line);
            left = new OrExpression(left, And(), line);
        }

        return left;
    }

    private Expression And()
    {
        int line = _stream.Current.Line;
        Expression left = Not();
        for (int i = 0; _stream.SkipIfName("and"); i++)
        {
            CheckChain(i, line);
            left = new AndExpression(left, Not(), line);
        }

        return left;
    }

    private Expression Not()
    {
        if (!_stream.Current.IsName("not"))
        {
            return Compare();
        }

        int line = _stream.Next().Line;
        StackGuard.CheckSyntax(line);
        return new NotExpression(Not(), line);
    }

    private Expression Compare()
    {
        int line = _stream.Current.Line;
        Expression first = Sum();
        List<(CompareOperator, Expression)> rest = [];
        while (CompareToken() is CompareOperator comparison)
        {
            _stream.Skip(comparison == CompareOperator.NotIn ? 2 : 1);
            rest.Add((comparison, Sum()));
        }

        return rest.Count == 0 ? first : new CompareExpression(first, [.. rest], line);
    }

    private CompareOperator? CompareToken() => _stream.Current.Kind switch
    {
        TokenKind.Equal => CompareOperator.Equal,
        TokenKind.NotEqual => CompareOperator.NotEqual,
        TokenKind.Less => CompareOperator.Less,
        TokenKind.LessOrEqual => CompareOperator.LessOrEqual,
        TokenKind.Greater => CompareOperator.Greater,
        TokenKind.GreaterOrEqual => CompareOperator.GreaterOrEqual,
        TokenKind.Name when _stream.Current.IsName("in") => CompareOperator.In,
        TokenKind.Name when _stream.Current.IsName("not") && _stream.LookAhead.IsName("in") => CompareOperator.NotIn,
        _ => null,
    };

    private Expression Sum()
    {
        int line = _stream.Current.Line;
        Expression left = Concatenation();
        for (int i = 0; _stream.Current.Kind is TokenKind.Add or TokenKind.Subtract; i++)
        {
            CheckChain(i, line);
            BinaryOperator sign = _stream.Next().Kind == TokenKind.Add ? BinaryOperator.Add : BinaryOperator.Subtract;
            left = new BinaryExpression(sign, left, Concatenation(), line);
        }

        return left;
    }

    private Expression Concatenation()
    {
        int line = _stream.Current.Line;
        Expression first = Product();
        if (_stream.Current.Kind != TokenKind.Tilde)
        {
            return first;
        }

        List<Expression> items = [first];
        while (_stream.SkipIf(TokenKind.Tilde))
        {
            items.Add(Product());
        }

        return new ConcatExpression([.. items], line);
    }

    private Expression Product()
    {
        int line = _stream.Current.Line;
        Expression left = Power();
        for (int i = 0; ProductToken() is BinaryOperator product; i++)
        {
            CheckChain(i, line);
            _stream.Next();
            left = new BinaryExpression(product, left, Power(), line);
        }

        return left;
    }

    private BinaryOperator? ProductToken() => _stream.Current.Kind switch
    {
        TokenKind.Multiply => BinaryOperator.Multiply,
        TokenKind.Divide => BinaryOperator.Divide,
        TokenKind.FloorDivide => BinaryOperator.FloorDivide,
        TokenKind.Modulo => BinaryOperator.Modulo,
        _ => null,
    };

    private Expression Power()
    {
        int line = _stream.Current.Line;
        Expression left = _primary.Unary();
        for (int i = 0; _stream.SkipIf(TokenKind.Power); i++)
        {
            CheckChain(i, line);
            left = new BinaryExpression(BinaryOperator.Power, left, _primary.Unary(), line);
        }

        return left;
    }
}
