namespace ALoRA.Onnx.Export.Weights;

/// <summary>Memory of one worker, reused from chunk to chunk.</summary>
internal sealed class ChunkBuffers
{
    private float[] _floats = [];
    private byte[] _source = [];
    private byte[] _intermediate = [];
    private byte[] _output = [];

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
