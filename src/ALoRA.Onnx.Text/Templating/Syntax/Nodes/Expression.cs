using ALoRA.Onnx.Python;

namespace ALoRA.Onnx.Templating.Syntax.Nodes;

/// <summary>An expression of a template.</summary>
internal abstract record Expression(int Line);

internal sealed record ConstantExpression(object? Value, int Line) : Expression(Line);

/// <summary>A variable that is read, or written where it stands as a target.</summary>
internal sealed record NameExpression(string Name, int Line) : Expression(Line)
{
    /// <summary>How many scopes outwards the variable lives; set once by the binder.</summary>
    public int Depth { get; set; }

    /// <summary>Its place in that scope; set once by the binder.</summary>
    public int Slot { get; set; }
}

/// <summary><c>namespace.attribute</c> as the target of an assignment.</summary>
internal sealed record NamespaceTarget(NameExpression Namespace, string Attribute, int Line) : Expression(Line);

internal sealed record TupleExpression(Expression[] Items, int Line) : Expression(Line);

internal sealed record ListExpression(Expression[] Items, int Line) : Expression(Line);

internal sealed record DictExpression((Expression Key, Expression Value)[] Items, int Line) : Expression(Line);

internal sealed record ConditionalExpression(Expression Test, Expression Then, Expression? Else, int Line) : Expression(Line);

internal sealed record OrExpression(Expression Left, Expression Right, int Line) : Expression(Line);

internal sealed record AndExpression(Expression Left, Expression Right, int Line) : Expression(Line);

internal sealed record NotExpression(Expression Operand, int Line) : Expression(Line);

internal sealed record CompareExpression(Expression First, (CompareOperator Operator, Expression Operand)[] Rest, int Line)
    : Expression(Line);

internal sealed record BinaryExpression(BinaryOperator Operator, Expression Left, Expression Right, int Line) : Expression(Line);

internal sealed record ConcatExpression(Expression[] Items, int Line) : Expression(Line);

internal sealed record UnaryExpression(bool Negates, Expression Operand, int Line) : Expression(Line);

internal sealed record AttributeExpression(Expression Target, string Name, int Line) : Expression(Line);

internal sealed record ItemExpression(Expression Target, Expression Key, int Line) : Expression(Line);

internal sealed record SliceExpression(Expression? Start, Expression? Stop, Expression? Step, int Line) : Expression(Line);

internal sealed record CallExpression(Expression Target, CallArguments Arguments, int Line) : Expression(Line);

/// <summary>A filter; <see cref="Target"/> is null where it filters a captured block.</summary>
internal sealed record FilterExpression(Expression? Target, string Name, CallArguments Arguments, int Line) : Expression(Line);

internal sealed record TestExpression(Expression Target, string Name, CallArguments Arguments, int Line) : Expression(Line);
