namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Which of a model folder's graphs the rows of a report are about.</summary>
/// <param name="Files">Names of the graphs that computed.</param>
/// <param name="NotChecked">Why the graph with operators did not; null if it did, or was not asked for.</param>
internal sealed record CheckedGraphs(IReadOnlyList<string> Files, string? NotChecked)
{
    /// <summary>Nothing.</summary>
    public static CheckedGraphs None { get; } = new([], null);

    /// <summary>Those of two models.</summary>
    public CheckedGraphs With(CheckedGraphs other) =>
        new([.. Files.Union(other.Files, StringComparer.Ordinal)], NotChecked ?? other.NotChecked);
}
