using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Templating.Syntax;

namespace ALoRA.Onnx.Templating.Scoping;

/// <summary>
/// Finds the names that one scope reads and assigns; statements that open a scope
/// of their own are entered only as far as they run outside it.
/// </summary>
internal sealed class SymbolCollector(Symbols symbols)
{
    private Symbols _symbols = symbols;

    public void Statements(Statement[] body) => Array.ForEach(body, Statement);

    public void Expressions(Expression[] expressions) => Array.ForEach(expressions, Expression);

    public void Parameters(Expression target) => ForEachName(target, n => _symbols.DeclareParameter(n));

    public void Expression(Expression? expression)
    {
        if (expression is NameExpression name)
        {
            _symbols.Load(name.Name);
        }
        else if (expression is not null)
        {
            StackGuard.CheckSyntax(expression.Line);
            Children.Visit(expression, Expression);
        }
    }

    private static void ForEachName(Expression target, Action<string> action)
    {
        if (target is NameExpression name)
        {
            action(name.Name);
        }
        else if (target is TupleExpression tuple)
        {
            Array.ForEach(tuple.Items, item => ForEachName(item, action));
        }
    }

    private void Target(Expression target)
    {
        switch (target)
        {
            case NameExpression name:
                _symbols.Store(name.Name);
                break;
            case NamespaceTarget reference:
                _symbols.Load(reference.Namespace.Name);
                break;
            case TupleExpression tuple:
                Array.ForEach(tuple.Items, Target);
                break;
        }
    }

    private void Statement(Statement statement)
    {
        switch (statement)
        {
            case PrintStatement print:
                Expression(print.Value);
                break;
            case IfStatement branches:
                If(branches);
                break;
            case ForStatement loop:
                Expression(loop.Iterable);
                break;
            case SetStatement set:
                Expression(set.Value);
                Target(set.Target);
                break;
            case SetBlockStatement set:
                Target(set.Target);
                break;
            case MacroStatement macro:
                _symbols.Store(macro.Target.Name);
                break;
            case CallBlockStatement call:
                Expression(call.Call);
                break;
            case FilterBlockStatement filter:
                Expression(filter.Filter);
                break;
            case WithStatement with:
                Array.ForEach(with.Variables, v => Expression(v.Value));
                break;
            case LoadStatement load:
                Expression(load.Template);
                Array.ForEach(load.Targets, Target);
                break;
        }
    }

    private void If(IfStatement statement)
    {
        Symbols outer = _symbols;
        Expression(statement.Branches[0].Test);
        Symbols first = Branch(outer, () => Statements(statement.Branches[0].Body));

        // Each elif is an if of its own inside the second branch, one after another, as far as names go.
        Symbols second = Branch(outer, () => Array.ForEach(statement.Branches[1..], ElseIf));
        outer.Merge(first, second, Branch(outer, () => Statements(statement.Else)));
    }

    private void ElseIf((Expression Test, Statement[] Body) branch)
    {
        Symbols outer = _symbols;
        Expression(branch.Test);
        outer.Merge(Branch(outer, () => Statements(branch.Body)));
    }

    private Symbols Branch(Symbols outer, Action visit)
    {
        _symbols = outer.Branch();
        visit();
        Symbols branch = _symbols;
        _symbols = outer;
        return branch;
    }
}
