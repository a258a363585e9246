using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Templating.Syntax;

/// <summary>Parses the statements that define variables, macros, blocks and captures.</summary>
internal sealed class DeclarationParser(TokenStream stream, ExpressionParser expressions, StatementParser statements)
{
    /// <summary>Parses the statement whose tag name was just read; null where the tag is unknown.</summary>
    public Statement? Parse(Token tag) => tag.Text switch
    {
        "set" => Set(tag.Line),
        "with" => With(tag.Line),
        "macro" => Macro(tag.Line),
        "call" => CallBlock(tag.Line),
        "generation" => Generation(tag.Line),
        "filter" => FilterBlock(tag.Line),
        "block" => Block(tag.Line),
        "autoescape" => new AutoescapeStatement(expressions.Parse(), statements.Body("autoescape", out _, "endautoescape"), tag.Line),
        "extends" => new LoadStatement("extends", expressions.Parse(), [], tag.Line),
        "include" => Include(tag.Line),
        "import" => Import(tag.Line),
        "from" => From(tag.Line),
        _ => null,
    };

    private Statement Set(int line)
    {
        Expression target = expressions.ParseTarget(allowNamespace: true);
        if (stream.SkipIf(TokenKind.Assign))
        {
            return new SetStatement(target, expressions.ParseTuple(), line);
        }

        FilterExpression? filter = expressions.ParseFilters(null);
        return new SetBlockStatement(target, filter, statements.Body("set", out _, "endset"), line);
    }

    private WithStatement With(int line)
    {
        List<(Expression, Expression)> variables = [];
        while (stream.Current.Kind != TokenKind.BlockEnd && stream.Current.Kind != TokenKind.Colon)
        {
            if (variables.Count > 0)
            {
                stream.Expect(TokenKind.Comma, "','");
            }

            Expression target = expressions.ParseTarget();
            stream.Expect(TokenKind.Assign, "'='");
            variables.Add((target, expressions.Parse()));
        }

        return new WithStatement([.. variables], statements.Body("with", out _, "endwith"), line);
    }

    private MacroStatement Macro(int line)
    {
        NameExpression name = expressions.ParseNameTarget();
        (NameExpression[] parameters, Expression[] defaults) = Signature();
        Statement[] body = statements.Body("macro", out _, "endmacro");
        return new MacroStatement(name, new MacroDefinition(name.Name, parameters, defaults, body, line), line);
    }

    private CallBlockStatement CallBlock(int line)
    {
        (NameExpression[] parameters, Expression[] defaults) = stream.Current.Kind == TokenKind.LeftParenthesis ? Signature() : ([], []);
        CallExpression call = expressions.Parse() as CallExpression ?? throw new SyntaxFailure("expected call", line);
        Statement[] body = statements.Body("call", out _, "endcall");
        return new CallBlockStatement(call, new MacroDefinition(null, parameters, defaults, body, line), line);
    }

    private CallBlockStatement Generation(int line)
    {
        Statement[] body = statements.Body("generation", out _, "endgeneration");
        return new CallBlockStatement(null, new MacroDefinition(null, [], [], body, line), line);
    }

    private (NameExpression[] Parameters, Expression[] Defaults) Signature()
    {
        stream.Expect(TokenKind.LeftParenthesis, "'('");
        List<NameExpression> parameters = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        List<Expression> defaults = [];
        while (stream.Current.Kind != TokenKind.RightParenthesis)
        {
            if (parameters.Count > 0)
            {
                stream.Expect(TokenKind.Comma, "','");
            }

            NameExpression parameter = expressions.ParseNameTarget();
            if (stream.SkipIf(TokenKind.Assign))
            {
                defaults.Add(expressions.Parse());
            }
            else if (defaults.Count > 0)
            {
                throw new SyntaxFailure("non-default argument follows default argument", parameter.Line);
            }

            parameters.Add(!names.Add(parameter.Name)
                ? throw new SyntaxFailure($"duplicate argument '{parameter.Name}' in a macro definition", parameter.Line)
                : parameter);
        }

        stream.Next();
        return ([.. parameters], [.. defaults]);
    }

    private FilterBlockStatement FilterBlock(int line)
    {
        FilterExpression filter = expressions.ParseFilters(null, startsInline: true)!;
        return new FilterBlockStatement(filter, statements.Body("filter", out _, "endfilter"), line);
    }

    private BlockStatement Block(int line)
    {
        string name = stream.ExpectName().Text;
        bool scoped = stream.SkipIfName("scoped");
        bool required = stream.SkipIfName("required");
        Statement[] body = statements.Body("block", out _, "endblock");
        stream.SkipIfName(name);
        return required && !Array.TrueForAll(body, s => s is TextStatement text && string.IsNullOrWhiteSpace(text.Text))
            ? throw new SyntaxFailure("Required blocks can only contain comments or whitespace", line)
            : new BlockStatement(name, scoped, required, body, line);
    }

    private LoadStatement Include(int line)
    {
        Expression template = expressions.Parse();
        if (stream.Current.IsName("ignore") && stream.LookAhead.IsName("missing"))
        {
            stream.Skip(2);
        }

        SkipContext();
        return new LoadStatement("include", template, [], line);
    }

    private LoadStatement Import(int line)
    {
        Expression template = expressions.Parse();
        stream.ExpectName("as");
        NameExpression target = expressions.ParseNameTarget();
        SkipContext();
        return new LoadStatement("import", template, [target], line);
    }

    private LoadStatement From(int line)
    {
        Expression template = expressions.Parse();
        stream.ExpectName("import");
        List<NameExpression> targets = [];
        while (!SkipContext())
        {
            NameExpression name = expressions.ParseNameTarget();
            if (name.Name.StartsWith('_'))
            {
                throw new SyntaxFailure("names starting with an underline can not be imported", name.Line);
            }

            targets.Add(stream.SkipIfName("as") ? expressions.ParseNameTarget() : name);
            if (SkipContext() || !stream.SkipIf(TokenKind.Comma))
            {
                break;
            }
        }

        return new LoadStatement("from", template, [.. targets], line);
    }

    private bool SkipContext()
    {
        bool matches = (stream.Current.IsName("with") || stream.Current.IsName("without")) && stream.LookAhead.IsName("context");
        if (matches)
        {
            stream.Skip(2);
        }

        return matches;
    }
}
