using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Patterns;

/// <summary>The syntax tree of a regular expression.</summary>
internal abstract record PatternNode
{
    public static PatternNode Nothing { get; } = new SequenceNode([]);

    /// <summary>One code point out of a set.</summary>
    internal sealed record SetNode(CodePointSet Set) : PatternNode;

    /// <summary>A literal under <c>(?i)</c>, kept apart because neighbours may fold together (<c>ss</c> and <c>ß</c>).</summary>
    internal sealed record FoldedLiteralNode(int CodePoint) : PatternNode;

    internal sealed record SequenceNode(IReadOnlyList<PatternNode> Items) : PatternNode;

    internal sealed record AlternationNode(IReadOnlyList<PatternNode> Branches) : PatternNode;

    /// <summary><paramref name="Max"/> is -1 for no limit.</summary>
    internal sealed record RepeatNode(PatternNode Body, int Min, int Max, bool Lazy) : PatternNode;

    internal sealed record AtomicNode(PatternNode Body) : PatternNode;

    internal sealed record LookNode(PatternNode Body, bool Behind, bool Negative) : PatternNode;

    internal sealed record AssertionNode(AssertionKind Kind) : PatternNode;
}
