using ALoRA.Onnx.Templating.Scoping;

namespace ALoRA.Onnx.Templating.Syntax.Nodes;

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
