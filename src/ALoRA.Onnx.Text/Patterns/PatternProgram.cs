using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Patterns;

/// <summary>A compiled regular expression. Immutable, thread-safe.</summary>
/// <param name="Source">The pattern's text, for messages.</param>
/// <param name="Instructions">Execution starts at 0.</param>
/// <param name="Sets">What <see cref="PatternOperation.Set"/>, Guard and Run refer to.</param>
/// <param name="ChoiceCount">How many instructions may be memoized.</param>
/// <param name="RunCount">How many Run instructions there are.</param>
/// <param name="SlotCount">How many registers atomic groups and loops use.</param>
/// <param name="First">What a match starts with; null if a match may be empty.</param>
internal sealed record PatternProgram(
    string Source,
    PatternInstruction[] Instructions,
    CodePointBitmap[] Sets,
    int ChoiceCount,
    int RunCount,
    int SlotCount,
    CodePointBitmap? First);

/// <summary>One instruction; what the operands mean is said at each <see cref="PatternOperation"/>.</summary>
internal readonly record struct PatternInstruction(PatternOperation Operation, int A = 0, int B = 0, int C = 0, int D = 0, int E = 0);

internal enum PatternOperation : byte
{
    /// <summary>The match is complete.</summary>
    Accept,

    /// <summary>Consumes one code point of set A.</summary>
    Set,

    /// <summary>Goes on at A, later at B. C: choice ordinal.</summary>
    Split,

    /// <summary>
    /// Goes on at the next instruction, later at B, if the next code point is in set A; at B alone if it is not. C: choice ordinal.
    /// </summary>
    Guard,

    /// <summary>Goes on at A.</summary>
    Jump,

    /// <summary>Repeats set A at least B and at most C times (-1: no limit). D: <see cref="RepeatMode"/>. E: run ordinal.</summary>
    Run,

    /// <summary>Tests <see cref="AssertionKind"/> A.</summary>
    Assert,

    /// <summary>Looks ahead with the body that follows, goes on at A. B: 1 if negative.</summary>
    LookAhead,

    /// <summary>Looks behind with the body that follows, C to D code points back, goes on at A. B: 1 if negative.</summary>
    LookBehind,

    /// <summary>Remembers the height of the stack in slot A. C: choice ordinal.</summary>
    AtomicStart,

    /// <summary>Drops every alternative since slot A was set.</summary>
    AtomicEnd,

    /// <summary>Remembers the position in slot A.</summary>
    IterationStart,

    /// <summary>Goes on at B if nothing was consumed since slot A was set.</summary>
    IterationEnd,
}

internal enum RepeatMode
{
    Greedy,
    Lazy,
    Possessive,
}
