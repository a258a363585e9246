namespace ALoRA.Onnx.Patterns;

/// <summary>Zero-width tests of a position, with Ruby's meaning.</summary>
internal enum AssertionKind
{
    /// <summary><c>^</c>: at the start, or after a newline that does not end the text.</summary>
    LineStart,

    /// <summary><c>$</c>: at the end, or before a newline.</summary>
    LineEnd,

    /// <summary><c>\A</c></summary>
    TextStart,

    /// <summary><c>\z</c></summary>
    TextEnd,

    /// <summary><c>\Z</c>: at the end, or before a newline that ends the text.</summary>
    TextEndOrFinalNewline,

    /// <summary><c>\b</c></summary>
    WordBoundary,

    /// <summary><c>\B</c></summary>
    NotWordBoundary,
}
