namespace ALoRA.Onnx.Constraints;

/// <summary>White space that constrained JSON has behind <c>:</c> and <c>,</c>. There is none anywhere else.</summary>
internal enum JsonSpacing
{
    /// <summary>Exactly one space behind each, as Python's <c>json.dumps</c> and most models write: <c>{"a": 1, "b": [2, 3]}</c>.</summary>
    Spaced,

    /// <summary>None: <c>{"a":1,"b":[2,3]}</c>.</summary>
    Compact,

    /// <summary>
    /// One space or none, as the model likes at each place. Fewer spans are without a choice then, so that more runs are needed.
    /// </summary>
    Either,
}
