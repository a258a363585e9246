namespace ALoRA.Onnx.Constraints.Patterns;

/// <summary>How sets are read on which dialects of regular expressions differ.</summary>
internal enum PatternReading
{
    /// <summary>What matches, matches in every dialect.</summary>
    Narrow,

    /// <summary>What does not match, matches in no dialect.</summary>
    Wide,

    /// <summary>As ECMA-262 says.</summary>
    Exact,
}
