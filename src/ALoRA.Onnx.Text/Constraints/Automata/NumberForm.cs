namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>How numbers may be written.</summary>
internal enum NumberForm
{
    /// <summary>Numbers in the usual form.</summary>
    Usual,

    /// <summary>Without fraction and exponent.</summary>
    Whole,

    /// <summary>In every form that JSON has, within the limits of digits: also -0.</summary>
    Any,
}
