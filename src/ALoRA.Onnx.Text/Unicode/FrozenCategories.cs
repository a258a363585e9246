namespace ALoRA.Onnx.Unicode;

/// <summary>
/// General categories as of Unicode 9.0. The reference takes some of its tests from crates that stayed there; later characters have no
/// category for them.
/// </summary>
internal static class FrozenCategories
{
    private static readonly Lazy<CodePointSet> AssignedSet = new(() => UnicodeTables.Instance.Properties["Assigned_9"]);
    private static readonly Lazy<CodePointBitmap> Marks = Of("M");
    private static readonly Lazy<CodePointBitmap> NonSpacingMarks = Of("Mn");
    private static readonly Lazy<CodePointBitmap> Punctuation = Of("P");
    private static readonly Lazy<CodePointBitmap> Controls = Of("Cc", "Cf", "Co");

    /// <summary>Everything that had been assigned.</summary>
    public static CodePointSet Assigned => AssignedSet.Value;

    public static bool IsMark(int codePoint) => codePoint >= 0x300 && Marks.Value.Contains(codePoint);

    public static bool IsNonSpacingMark(int codePoint) => codePoint >= 0x300 && NonSpacingMarks.Value.Contains(codePoint);

    public static bool IsPunctuation(int codePoint) => Punctuation.Value.Contains(codePoint);

    /// <summary>Control, format and private-use characters.</summary>
    public static bool IsControl(int codePoint) => Controls.Value.Contains(codePoint);

    private static Lazy<CodePointBitmap> Of(params string[] categories) => new(() =>
        new CodePointBitmap(CodePointSet.Union([.. categories.Select(UnicodeProperties.Category)]).Intersect(Assigned)));
}
