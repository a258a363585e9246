namespace ALoRA.Onnx.Templating.Syntax.Nodes;

/// <summary>The arguments of a call: positional, by name, <c>*sequence</c> and <c>**mapping</c>.</summary>
internal sealed record CallArguments(
    Expression[] Positional, (string Name, Expression Value)[] Named, Expression? MorePositional, Expression? MoreNamed)
{
    public static CallArguments None { get; } = new([], [], null, null);

    public bool IsEmpty => Positional.Length == 0 && Named.Length == 0 && MorePositional is null && MoreNamed is null;
}
