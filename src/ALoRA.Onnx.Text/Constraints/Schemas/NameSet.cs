using ALoRA.Onnx.Constraints.Patterns;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>Names that members may have.</summary>
/// <param name="automaton">The names; null for none.</param>
internal sealed class NameSet(PatternAutomaton? automaton)
{
    public static NameSet None { get; } = new(null);

    public PatternAutomaton? Automaton => automaton;

    public bool Contains(string name) => automaton?.Matches(name.EnumerateRunes().Select(rune => rune.Value)) == true;
}
