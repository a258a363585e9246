namespace ALoRA.Onnx.Models;

/// <summary>An initializer of a graph whose bytes lie in the weights file.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="OnnxType">Element type as ONNX numbers it.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Location">Name of the weights file, relative to the graph's folder.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Number of bytes.</param>
internal sealed record ExternalInitializer(string Name, int OnnxType, long[] Shape, string Location, long Offset, long Length)
{
    private const int Uint4 = 21;
    private const int Int4 = 22;

    /// <summary>Whether two elements share a byte.</summary>
    public bool HasHalfBytes => OnnxType is Uint4 or Int4;
}
