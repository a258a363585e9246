namespace ALoRA.Onnx.Export.Adapters.Peft;

/// <summary>A selection of modules as PEFT writes it: a list of names, or one regular expression, or the text <c>all-linear</c>.</summary>
/// <param name="Names">Module paths or ends of module paths; null if it is an expression.</param>
/// <param name="Pattern">Regular expression of Python for the whole module path; null if it is a list.</param>
internal sealed record ModuleNames(IReadOnlyList<string>? Names, string? Pattern)
{
    /// <summary>True for the text that stands for all linear layers but the output head; PEFT ignores its case.</summary>
    public bool IsAllLinear => string.Equals(Pattern, "all-linear", StringComparison.OrdinalIgnoreCase);

    /// <summary>PEFT treats an empty list and an empty text as not set.</summary>
    public bool IsEmpty => Names is { Count: 0 } || Pattern is { Length: 0 };

    public override string ToString() => Pattern ?? string.Join(", ", Names ?? []);
}
