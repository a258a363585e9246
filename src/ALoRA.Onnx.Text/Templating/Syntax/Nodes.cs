using ALoRA.Onnx.Python;
using ALoRA.Onnx.Templating.Scoping;

namespace ALoRA.Onnx.Templating.Syntax;

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

/// <summary>The arguments of a call: positional, by name, <c>*sequence</c> and <c>**mapping</c>.</summary>
internal sealed record CallArguments(
    Expression[] Positional, (string Name, Expression Value)[] Named, Expression? MorePositional, Expression? MoreNamed)
{
    public static CallArguments None { get; } = new([], [], null, null);

    public bool IsEmpty => Positional.Length == 0 && Named.Length == 0 && MorePositional is null && MoreNamed is null;
}

/// <summary>A statement of a template.</summary>
internal abstract record Statement(int Line);

/// <summary>Template text.</summary>
internal sealed record TextStatement(string Text, int Line) : Statement(Line);

/// <summary><c>{{ … }}</c>.</summary>
internal sealed record PrintStatement(Expression Value, int Line) : Statement(Line);

internal sealed record IfStatement((Expression Test, Statement[] Body)[] Branches, Statement[] Else, int Line) : Statement(Line);

internal sealed record ForStatement(
    Expression Target, Expression Iterable, Expression? Test, Statement[] Body, Statement[] Else, bool Recursive, int Line)
    : Statement(Line)
{
    /// <summary>The scope of the body, one frame a loop; set once by the binder, as the following are.</summary>
    public ScopeLayout BodyScope { get; set; } = ScopeLayout.Empty;

    public ScopeLayout TestScope { get; set; } = ScopeLayout.Empty;

    public ScopeLayout ElseScope { get; set; } = ScopeLayout.Empty;

    /// <summary>The target again, bound to <see cref="TestScope"/>; null without a test.</summary>
    public Expression? TestTarget { get; set; }

    /// <summary>Where the body's scope holds <c>loop</c>; -1 where the body never mentions it.</summary>
    public int LoopSlot { get; set; } = -1;
}

internal sealed record SetStatement(Expression Target, Expression Value, int Line) : Statement(Line);

internal sealed record SetBlockStatement(Expression Target, FilterExpression? Filter, Statement[] Body, int Line) : Statement(Line)
{
    public ScopeLayout Scope { get; set; } = ScopeLayout.Empty;
}

internal sealed record WithStatement((Expression Target, Expression Value)[] Variables, Statement[] Body, int Line) : Statement(Line)
{
    public ScopeLayout Scope { get; set; } = ScopeLayout.Empty;
}

internal sealed record MacroStatement(NameExpression Target, MacroDefinition Macro, int Line) : Statement(Line);

/// <summary><c>{% call %}</c>, and <c>{% generation %}</c>, whose <see cref="Call"/> is null: it prints its body.</summary>
internal sealed record CallBlockStatement(CallExpression? Call, MacroDefinition Caller, int Line) : Statement(Line);

internal sealed record FilterBlockStatement(FilterExpression Filter, Statement[] Body, int Line) : Statement(Line)
{
    public ScopeLayout Scope { get; set; } = ScopeLayout.Empty;
}

/// <summary><c>{% block %}</c>: its body sees the template's own variables, and those around it where it is scoped.</summary>
internal sealed record BlockStatement(string Name, bool Scoped, bool Required, Statement[] Body, int Line) : Statement(Line)
{
    public ScopeLayout Scope { get; set; } = ScopeLayout.Empty;
}

internal sealed record AutoescapeStatement(Expression Enabled, Statement[] Body, int Line) : Statement(Line)
{
    public ScopeLayout Scope { get; set; } = ScopeLayout.Empty;
}

/// <summary>
/// <c>extends</c>, <c>include</c>, <c>import</c> or <c>from</c>: a chat template has no other templates, so that reaching one is an error.
/// </summary>
internal sealed record LoadStatement(string Tag, Expression Template, NameExpression[] Targets, int Line) : Statement(Line);

internal sealed record BreakStatement(int Line) : Statement(Line);

internal sealed record ContinueStatement(int Line) : Statement(Line);

/// <summary>A macro, or the body of a call block, which is an unnamed macro.</summary>
internal sealed record MacroDefinition(string? Name, NameExpression[] Parameters, Expression[] Defaults, Statement[] Body, int Line)
{
    public ScopeLayout Scope { get; set; } = ScopeLayout.Empty;

    /// <summary>Slots of the parameters, then of the special names; -1 where the body does not use one. Set once by the binder.</summary>
    public int[] ParameterSlots { get; set; } = [];

    public int CallerSlot { get; set; } = -1;

    public int NamedSlot { get; set; } = -1;

    public int PositionalSlot { get; set; } = -1;

    public bool AccessesCaller { get; set; }

    public Expression? DefaultOf(int parameter)
    {
        int index = Defaults.Length - Parameters.Length + parameter;
        return index >= 0 ? Defaults[index] : null;
    }
}

/// <summary>A parsed and bound template.</summary>
internal sealed record TemplateRoot(Statement[] Body, IReadOnlyDictionary<string, BlockStatement> Blocks)
{
    public ScopeLayout Scope { get; set; } = ScopeLayout.Empty;
}
