using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Templating.Builtins;
using ALoRA.Onnx.Templating.Syntax;

namespace ALoRA.Onnx.Templating.Scoping;

/// <summary>
/// Gives every name of a template its scope and slot, and refuses what Jinja refuses when it compiles: unknown filters and tests (unless a
/// condition may skip them), <c>break</c> outside a loop, assigning <c>loop</c>, two blocks of one name.
/// </summary>
internal sealed class Binder
{
    private readonly Dictionary<string, BlockStatement> _blocks = new(StringComparer.Ordinal);
    private Symbols _symbols = new(null);
    private bool _conditional;
    private int _loops;
    private int _loopsAround;

    public static TemplateRoot Bind(Statement[] body)
    {
        Binder binder = new();
        TemplateRoot root = new(body, binder._blocks);
        root.Scope = binder.TopLevel(body);
        return root;
    }

    private ScopeLayout TopLevel(Statement[] body)
    {
        if (NameSearch.Reads(body, "self"))
        {
            _symbols.DeclareParameter("self");
        }

        new SymbolCollector(_symbols).Statements(body);
        ScopeLayout layout = _symbols.ToLayout();
        Statements(body);
        return layout;
    }

    private void Statements(Statement[] body) => Array.ForEach(body, Statement);

    private void Statement(Statement statement)
    {
        StackGuard.CheckSyntax(statement.Line);
        switch (statement)
        {
            case PrintStatement print:
                Expression(print.Value);
                break;
            case IfStatement branches:
                If(branches);
                break;
            case ForStatement loop:
                For(loop);
                break;
            case SetStatement set:
                Expression(set.Value);
                Target(set.Target);
                break;
            case SetBlockStatement set:
                Target(set.Target);
                set.Scope = Inner(c => CaptureSymbols(c, set.Filter, set.Body), () => Captured(set.Filter, set.Body));
                break;
            case MacroStatement macro:
                Name(macro.Target);
                Function(() => Macro(macro.Macro));
                break;
            case CallBlockStatement call:
                Expression(call.Call);
                Function(() => Macro(call.Caller));
                break;
            case FilterBlockStatement filter:
                filter.Scope = Inner(c => CaptureSymbols(c, filter.Filter, filter.Body), () => Captured(filter.Filter, filter.Body));
                break;
            case WithStatement with:
                With(with);
                break;
            case BlockStatement block:
                Block(block);
                break;
            case AutoescapeStatement autoescape:
                autoescape.Scope = Inner(c => AutoescapeSymbols(c, autoescape), () =>
                {
                    Expression(autoescape.Enabled);
                    Statements(autoescape.Body);
                });
                break;
            case LoadStatement load:
                Expression(load.Template);
                Array.ForEach(load.Targets, Target);
                break;
            case BreakStatement or ContinueStatement when _loops == 0:
                throw new SyntaxFailure($"'{(statement is BreakStatement ? "break" : "continue")}' outside loop", statement.Line);
        }
    }

    private static void CaptureSymbols(SymbolCollector collector, FilterExpression? filter, Statement[] body)
    {
        collector.Statements(body);
        collector.Expression(filter);
    }

    private static void AutoescapeSymbols(SymbolCollector collector, AutoescapeStatement autoescape)
    {
        collector.Expression(autoescape.Enabled);
        collector.Statements(autoescape.Body);
    }

    private void Captured(FilterExpression? filter, Statement[] body)
    {
        Statements(body);
        Expression(filter);
    }

    private void If(IfStatement statement)
    {
        bool conditional = _conditional;
        _conditional = true;
        foreach ((Expression test, Statement[] body) in statement.Branches)
        {
            Expression(test);
            Statements(body);
        }

        Statements(statement.Else);
        _conditional = conditional;
    }

    private void For(ForStatement loop)
    {
        _loopsAround++;
        Expression(loop.Iterable);
        int loops = _loops;
        _loops = loop.Recursive ? 1 : loops + 1;
        bool usesLoop = loop.Recursive || NameSearch.Reads(loop.Body, "loop") || ScopedBlocks.Any(loop.Body);
        loop.BodyScope = Inner(
            c =>
            {
                loop.LoopSlot = usesLoop ? _symbols.DeclareParameter("loop") : -1;
                c.Parameters(loop.Target);
                c.Statements(loop.Body);
            },
            () =>
            {
                Target(loop.Target);
                Statements(loop.Body);
            });
        _loops = loop.Recursive ? 0 : loops;
        loop.ElseScope = Inner(c => c.Statements(loop.Else), () => Statements(loop.Else));
        _loops = loops;
        if (loop.Test is not null)
        {
            loop.TestTarget = Copy(loop.Target);
            loop.TestScope = Inner(
                c =>
                {
                    c.Parameters(loop.TestTarget);
                    c.Expression(loop.Test);
                },
                () =>
                {
                    Target(loop.TestTarget);
                    Expression(loop.Test);
                });
        }

        _loopsAround--;
    }

    private static Expression Copy(Expression target) => target switch
    {
        TupleExpression tuple => tuple with { Items = Array.ConvertAll(tuple.Items, Copy) },
        NameExpression name => name with { },
        _ => target,
    };

    private void With(WithStatement with)
    {
        Array.ForEach(with.Variables, v => Expression(v.Value));
        with.Scope = Inner(
            c =>
            {
                Array.ForEach(with.Variables, v => c.Parameters(v.Target));
                c.Statements(with.Body);
            },
            () =>
            {
                int loopsAround = _loopsAround;
                _loopsAround = 0;
                Array.ForEach(with.Variables, v => Target(v.Target));
                _loopsAround = loopsAround;
                Statements(with.Body);
            });
    }

    private void Macro(MacroDefinition macro)
    {
        macro.Scope = Inner(
            c =>
            {
                macro.ParameterSlots = Array.ConvertAll(macro.Parameters, p => _symbols.DeclareParameter(p.Name));
                SpecialNames(macro);
                c.Expressions(macro.Defaults);
                c.Statements(macro.Body);
            },
            () =>
            {
                Array.ForEach(macro.Defaults, Expression);
                Statements(macro.Body);
            });
    }

    private void SpecialNames(MacroDefinition macro)
    {
        int caller = Array.FindIndex(macro.Parameters, p => p.Name == "caller");
        macro.AccessesCaller = NameSearch.Reads(macro.Body, "caller");
        if (macro.AccessesCaller && caller >= 0 && macro.DefaultOf(caller) is null)
        {
            throw new SyntaxFailure("the special \"caller\" argument of a macro or call block must be omitted or be given a default",
                macro.Line);
        }

        macro.CallerSlot = macro.AccessesCaller && caller < 0 ? _symbols.DeclareParameter("caller") : -1;
        macro.NamedSlot = SpecialSlot(macro, "kwargs");
        macro.PositionalSlot = SpecialSlot(macro, "varargs");
    }

    private int SpecialSlot(MacroDefinition macro, string name) =>
        NameSearch.Reads(macro.Body, name) && !Array.Exists(macro.Parameters, p => p.Name == name) ? _symbols.DeclareParameter(name) : -1;

    private void Block(BlockStatement block)
    {
        if (!_blocks.TryAdd(block.Name, block))
        {
            throw new SyntaxFailure($"block '{block.Name}' defined twice", block.Line);
        }

        // A block's body is no part of the scopes around it: it looks its names up in the template's variables.
        Symbols outer = _symbols;
        _symbols = new Symbols(null);
        Function(() => block.Scope = TopLevel(block.Body));
        _symbols = outer;
    }

    private void Function(Action bind)
    {
        (int loops, bool conditional) = (_loops, _conditional);
        (_loops, _conditional) = (0, false);
        bind();
        (_loops, _conditional) = (loops, conditional);
    }

    private ScopeLayout Inner(Action<SymbolCollector> collect, Action bind)
    {
        (Symbols outer, bool conditional) = (_symbols, _conditional);
        (_symbols, _conditional) = (new Symbols(outer), false);
        collect(new SymbolCollector(_symbols));
        ScopeLayout layout = _symbols.ToLayout();
        bind();
        (_symbols, _conditional) = (outer, conditional);
        return layout;
    }

    private void Target(Expression target)
    {
        switch (target)
        {
            case NameExpression { Name: "loop" } when _loopsAround > 0:
                throw new SyntaxFailure("Can't assign to special loop variable in for-loop", target.Line);
            case NameExpression name:
                Name(name);
                break;
            case NamespaceTarget reference:
                Name(reference.Namespace);
                break;
            case TupleExpression tuple:
                Array.ForEach(tuple.Items, Target);
                break;
        }
    }

    private void Name(NameExpression name) => (name.Depth, name.Slot) = _symbols.Find(name.Name)
        ?? throw new SyntaxFailure($"'{name.Name}' belongs to no scope", name.Line);

    private void Expression(Expression? expression)
    {
        switch (expression)
        {
            case null:
                return;
            case NameExpression name:
                Name(name);
                return;
            case FilterExpression filter when !_conditional && !Filters.Has(filter.Name):
                throw new SyntaxFailure($"No filter named '{filter.Name}'.", filter.Line);
            case TestExpression test when !_conditional && !Tests.Has(test.Name):
                throw new SyntaxFailure($"No test named '{test.Name}'.", test.Line);
        }

        StackGuard.CheckSyntax(expression.Line);
        bool conditional = _conditional;
        _conditional |= expression is ConditionalExpression;
        Children.Visit(expression, Expression);
        _conditional = conditional;
    }
}

/// <summary>What a variable holds when its scope is entered.</summary>
internal readonly record struct SlotStart(SlotStartKind Kind, int OuterDepth = 0, int OuterSlot = 0);

internal enum SlotStartKind
{
    /// <summary>Nothing: the scope assigns it before anything outside could have.</summary>
    Missing,

    /// <summary>A parameter, stored by whoever enters the scope.</summary>
    Parameter,

    /// <summary>The template's variable or global of this name.</summary>
    Resolve,

    /// <summary>The present value of an outer scope's variable.</summary>
    Copy,
}

/// <summary>Looks for scoped blocks, which see the <c>loop</c> of the loop around them although they are no part of its scope.</summary>
internal static class ScopedBlocks
{
    public static bool Any(Statement[] body) => Array.Exists(body, statement => statement switch
    {
        BlockStatement block => block.Scoped || Any(block.Body),
        IfStatement branches => Array.Exists(branches.Branches, branch => Any(branch.Body)) || Any(branches.Else),
        ForStatement loop => Any(loop.Body) || Any(loop.Else),
        SetBlockStatement set => Any(set.Body),
        WithStatement with => Any(with.Body),
        MacroStatement macro => Any(macro.Macro.Body),
        CallBlockStatement call => Any(call.Caller.Body),
        FilterBlockStatement filter => Any(filter.Body),
        AutoescapeStatement autoescape => Any(autoescape.Body),
        _ => false,
    });
}
