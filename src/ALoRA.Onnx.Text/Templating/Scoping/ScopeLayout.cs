namespace ALoRA.Onnx.Templating.Scoping;

/// <summary>The variables of one scope: their names by slot, and how each starts when the scope is entered.</summary>
internal sealed record ScopeLayout(string[] Names, SlotStart[] Starts)
{
    public static ScopeLayout Empty { get; } = new([], []);
}
