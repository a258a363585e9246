namespace ALoRA.Onnx.Export.Weights;

/// <summary>What one worker has: memory, reused from chunk to chunk, and the rows that were converted before.</summary>
/// <param name="converted">The rows; null where there are none.</param>
internal sealed class ChunkBuffers(IRowSource? converted = null)
{
    private float[] _floats = [];
    private byte[] _source = [];
    private byte[] _intermediate = [];
    private byte[] _output = [];

    /// <summary>The rows that were converted before.</summary>
    public IRowSource Converted => converted ?? throw new InvalidOperationException("Calibration has not run.");

    public Span<float> Floats(int length) => Grown(ref _floats, length);

    public Span<byte> Source(int length) => Grown(ref _source, length);

    public Span<byte> Intermediate(int length) => Grown(ref _intermediate, length);

    public Span<byte> Output(int length) => Grown(ref _output, length);

    private static Span<T> Grown<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = GC.AllocateUninitializedArray<T>(length);
        }

        return array.AsSpan(0, length);
    }
}
