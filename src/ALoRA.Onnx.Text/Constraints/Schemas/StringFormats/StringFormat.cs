using ALoRA.Onnx.Constraints.Patterns;

namespace ALoRA.Onnx.Constraints.Schemas.StringFormats;

/// <summary>A value of <c>format</c> that is enforced. Immutable and thread-safe.</summary>
internal sealed class StringFormat
{
    private readonly Lazy<PatternAutomaton> _automaton;
    private readonly bool _isExact;

    /// <param name="pattern">A regular expression for the whole text.</param>
    /// <param name="isExact">Whether it matches every text of the format, and not only some.</param>
    public StringFormat(string pattern, bool isExact)
    {
        _isExact = isExact;
        _automaton = new Lazy<PatternAutomaton>(() => FormatAutomaton.Make(PatternReader.Read(pattern, default)));
    }

    /// <summary>Texts of the format, and no others; made once.</summary>
    public PatternAutomaton Automaton => _automaton.Value;

    /// <summary>All texts of the format, and perhaps others: what is not among them is certainly not of the format.</summary>
    public PatternAutomaton Widest => _isExact ? _automaton.Value : PatternAutomaton.Any;
}
