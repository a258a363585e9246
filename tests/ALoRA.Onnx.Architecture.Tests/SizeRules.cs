namespace ALoRA.Onnx.Architecture.Tests;

/// <summary>How wide and how long a file may be.</summary>
internal static class SizeRules
{
    /// <summary>Most characters of a line.</summary>
    public const int MaximumWidth = 140;

    /// <summary>Most lines of a file.</summary>
    public const int MaximumLines = 400;

    /// <summary>File and number of each line that is too wide, with its width.</summary>
    public static IEnumerable<string> WideLines(SourceFile file) => Lines(file)
        .Select((line, index) => (Width: line.Length, Number: index + 1))
        .Where(line => line.Width > MaximumWidth)
        .Select(line => $"{file.Path}({line.Number}): {line.Width} characters");

    /// <summary>How many lines a file has.</summary>
    public static int LinesOf(SourceFile file) => Lines(file) is var lines && lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;

    private static string[] Lines(SourceFile file) => file.Text.ReplaceLineEndings("\n").Split('\n');
}
