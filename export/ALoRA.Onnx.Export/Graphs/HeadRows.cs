namespace ALoRA.Onnx.Export.Graphs;

/// <summary>The rows of a run that reach the head; the others end with the last layer's attention.</summary>
internal abstract class HeadRows
{
    /// <summary>Number of rows of each sequence.</summary>
    public abstract Dimension Count { get; }

    /// <summary>Keeps these rows of a value <c>[batch, sequence, n]</c>.</summary>
    public abstract string Select(string path, string value);

    /// <summary>Keeps these rows of a mask <c>[batch, sequence, R]</c>, in which one row, and one sequence, may stand for all.</summary>
    public abstract string SelectOfMask(string path, string mask);
}
