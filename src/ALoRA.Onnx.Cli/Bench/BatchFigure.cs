namespace ALoRA.Onnx.Cli.Bench;

/// <summary>How long runs of one kind and size took.</summary>
/// <param name="Run">One of the constants here.</param>
/// <param name="Milliseconds">The time, with the rows or tokens of a run as its context.</param>
internal sealed record BatchFigure(string Run, Measurement Milliseconds)
{
    public const string Base = "base";
    public const string Mixed = "base and adapters";
    public const string Chunk = "chunk of a prompt";

    /// <summary>Rows of a decode run, tokens of a chunk.</summary>
    public int Count => Milliseconds.Context;

    /// <summary>Tokens a second; null if the time was not measured.</summary>
    public double? TokensPerSecond => MeasuredNumber.OrNull(1000 * Count / Milliseconds.Median);

    /// <summary>
    /// How many times the tokens a second of one row a decode run has; null if one of them was not measured, or of a chunk.
    /// </summary>
    public double? RatioWithin(IEnumerable<BatchFigure> all) => Run == Chunk
        ? null
        : MeasuredNumber.OrNull(TokensPerSecond / all.SingleOrDefault(other => other.Run == Run && other.Count == 1)?.TokensPerSecond);
}
