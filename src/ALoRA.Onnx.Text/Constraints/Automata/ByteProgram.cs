using ALoRA.Onnx.Constraints.Patterns;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>What a state of a program does.</summary>
internal enum StateKind : byte
{
    /// <summary>Reads a byte: edges <c>First</c> to <c>First + Second</c>.</summary>
    Bytes,

    /// <summary>Goes on at several states at once: targets <c>First</c> to <c>First + Second</c>.</summary>
    Split,

    /// <summary>Goes on at the rule <c>First</c> with a counter of its own, and at <c>Second</c> when that returns.</summary>
    Call,

    /// <summary>Ends a rule; without a caller, the text is complete.</summary>
    Return,

    /// <summary>
    /// Raises the rule's counter and goes on at <c>First</c>, if it does not exceed the
    /// maximum and table <c>Second</c> (-1: none) allows the new value.
    /// </summary>
    CountUp,

    /// <summary>Goes on at <c>First</c> if the rule's counter has reached the minimum.</summary>
    AtLeast,
}

/// <summary>A state; the meaning of its numbers depends on the kind.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="First">See the kind.</param>
/// <param name="Second">See the kind.</param>
/// <param name="Counter">The counter that is in use around the state, or -1.</param>
/// <param name="IsFreeText">
/// Whether it reads a character of a string in which everything may follow, up to a length, or is one of the states at a place that do so
/// together.
/// </param>
/// <param name="Text">Which of the program's texts it reads a character of, or -1.</param>
internal readonly record struct ProgramState(StateKind Kind, int First, int Second, int Counter, bool IsFreeText = false, int Text = -1);

/// <summary>Bytes that lead to a state.</summary>
internal readonly record struct ByteEdge(byte First, byte Last, int Target);

/// <summary>Limits of a counter. Without a maximum (-1) it stops at the minimum: more makes no difference.</summary>
/// <param name="Min">The least value at the end of the rule.</param>
/// <param name="Max">The greatest value.</param>
/// <param name="IsTabled">Whether tables say which values are allowed: each value is then different from every other.</param>
internal readonly record struct CounterLimits(int Min, int Max, bool IsTabled);

/// <summary>
/// A nondeterministic automaton over bytes with calls and counters: the texts that a constraint allows. Immutable, thread-safe.
/// </summary>
/// <remarks>
/// Each state that is kept can reach the end; <see cref="Heights"/> says how many calls within each other that takes at least.
/// </remarks>
internal sealed class ByteProgram
{
    /// <summary>Most calls within each other; the same number of levels is the default limit of System.Text.Json.</summary>
    public const int MaxDepth = 64;

    public const int Unreachable = 1 << 20;

    public required int Start { get; init; }

    public required ProgramState[] States { get; init; }

    public required ByteEdge[] Edges { get; init; }

    public required int[] Targets { get; init; }

    public required CounterLimits[] Counters { get; init; }

    public required bool[][] Tables { get; init; }

    /// <summary>
    /// Contents of strings that are not all strings. A character that needs no escape leads from states of one of them to states of the
    /// same, or nowhere, and to the same ones as every other character that is in the same sets.
    /// </summary>
    public required PatternAutomaton[] Texts { get; init; }

    /// <summary>
    /// Calls within each other that are needed from a state to its rule's end; <see cref="Unreachable"/> if there is no way.
    /// </summary>
    public required int[] Heights { get; init; }

    public bool IsEmpty => Heights[Start] > MaxDepth;

    public ReadOnlySpan<ByteEdge> EdgesOf(in ProgramState state) => Edges.AsSpan(state.First, state.Second);

    public ReadOnlySpan<int> TargetsOf(in ProgramState state) => Targets.AsSpan(state.First, state.Second);
}
