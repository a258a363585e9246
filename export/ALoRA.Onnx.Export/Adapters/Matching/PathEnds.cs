namespace ALoRA.Onnx.Export.Adapters.Matching;

/// <summary>What a name of a list may be for a path to match it.</summary>
internal static class PathEnds
{
    /// <summary>The path itself and what follows each of its dots, longest first.</summary>
    public static IEnumerable<string> Of(string path)
    {
        yield return path;
        for (int dot = path.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = path.IndexOf('.', dot + 1))
        {
            yield return path[(dot + 1)..];
        }
    }
}
