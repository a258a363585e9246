namespace ALoRA.Onnx.Cli.Export;

/// <summary>
/// The texts for calibration and for measuring where the user names none: the prompts in the checkpoint's folder <c>examples</c>, which are
/// of the model's own domain, and texts that come with the tool. The two purposes never share a document: prompts of even index are for
/// calibration, those of odd index for measuring.
/// </summary>
internal static class SampleTexts
{
    /// <summary>For measuring: examples if the checkpoint has any, otherwise the tool's own text.</summary>
    public static IReadOnlyList<SampleDocument> ForMeasuring(string checkpoint)
    {
        IReadOnlyList<SampleDocument> examples = Examples(checkpoint, remainder: 1);
        return examples.Count > 0 ? examples : BuiltIn("measuring.txt");
    }

    /// <summary>For calibration: examples if the checkpoint has any, and the tool's own text.</summary>
    public static IReadOnlyList<SampleDocument> ForCalibration(string checkpoint) =>
        [.. Examples(checkpoint, remainder: 0), .. BuiltIn("calibration.txt")];

    private static IReadOnlyList<SampleDocument> Examples(string checkpoint, int remainder)
    {
        string folder = Path.Combine(
            File.Exists(checkpoint) ? Path.GetDirectoryName(Path.GetFullPath(checkpoint))! : checkpoint, "examples");
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal)
                .SelectMany(file => SampleFile.Read(file).Where((_, i) => i % 2 == remainder))]
            : [];
    }

    // A line of four dashes divides the documents.
    private static IReadOnlyList<SampleDocument> BuiltIn(string name)
    {
        using Stream stream = typeof(SampleTexts).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The tool was built without its text {name}.");
        using StreamReader reader = new(stream);
        return [.. reader.ReadToEnd().ReplaceLineEndings("\n").Split("\n----\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(text => new SampleDocument.Plain(text.Trim('\n')))];
    }
}
