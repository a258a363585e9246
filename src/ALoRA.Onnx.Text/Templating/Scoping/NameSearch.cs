using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Templating.Syntax;

namespace ALoRA.Onnx.Templating.Scoping;

/// <summary>
/// Looks whether a body reads a special name (<c>loop</c>, <c>caller</c>, <c>varargs</c>, <c>kwargs</c>, <c>self</c>) before assigning it.
/// </summary>
internal sealed class NameSearch
{
    private readonly string _name;
    private bool _assigned;
    private bool _found;

    private NameSearch(string name) => _name = name;

    public static bool Reads(Statement[] body, string name)
    {
        NameSearch search = new(name);
        search.Statements(body);
        return search._found;
    }

    private void Statements(Statement[] body) => Array.ForEach(body, Statement);

    private void Read(Expression? expression)
    {
        if (expression is NameExpression name)
        {
            _found |= !_assigned && name.Name == _name;
        }
        else if (expression is not null)
        {
            StackGuard.CheckSyntax(expression.Line);
            Children.Visit(expression, Read);
        }
    }

    private void Assign(Expression target)
    {
        if (target is NameExpression name)
        {
            _assigned |= name.Name == _name;
        }
        else if (target is TupleExpression tuple)
        {
            Array.ForEach(tuple.Items, Assign);
        }
    }

    private void Statement(Statement statement)
    {
        switch (statement)
        {
            case PrintStatement print:
                Read(print.Value);
                break;
            case IfStatement branches:
                Array.ForEach(branches.Branches, branch =>
                {
                    Read(branch.Test);
                    Statements(branch.Body);
                });
                Statements(branches.Else);
                break;
            case ForStatement loop:
                Assign(loop.Target);
                Read(loop.Iterable);
                Statements(loop.Body);
                Statements(loop.Else);
                Read(loop.Test);
                break;
            case SetStatement set:
                Assign(set.Target);
                Read(set.Value);
                break;
            case SetBlockStatement set:
                Assign(set.Target);
                Read(set.Filter);
                Statements(set.Body);
                break;
            case MacroStatement macro:
                Macro(macro.Macro);
                break;
            case CallBlockStatement call:
                Read(call.Call);
                Macro(call.Caller);
                break;
            case FilterBlockStatement filter:
                Statements(filter.Body);
                Read(filter.Filter);
                break;
            case WithStatement with:
                Array.ForEach(with.Variables, v => Assign(v.Target));
                Array.ForEach(with.Variables, v => Read(v.Value));
                Statements(with.Body);
                break;
            case AutoescapeStatement autoescape:
                Read(autoescape.Enabled);
                Statements(autoescape.Body);
                break;
            case LoadStatement load:
                Read(load.Template);
                break;
        }
    }

    private void Macro(MacroDefinition macro)
    {
        Array.ForEach(macro.Parameters, Assign);
        Array.ForEach(macro.Defaults, Read);
        Statements(macro.Body);
    }
}
