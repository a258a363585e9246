using ALoRA.Onnx.Templating.Scoping;

namespace ALoRA.Onnx.Templating.Syntax.Nodes;

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
