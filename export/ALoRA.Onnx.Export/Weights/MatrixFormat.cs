namespace ALoRA.Onnx.Export.Weights;

/// <summary>How a matrix is held in the data file.</summary>
internal abstract record MatrixFormat
{
    /// <summary>Elements of the activation type: one stored tensor.</summary>
    public sealed record Float : MatrixFormat;

    /// <summary>
    /// Blocks of unsigned codes along the input features: <c>w = (code - zero point) · scale + minimum</c>, in MatMulNBits' layout. Stored
    /// are codes and scales, then zero points where there are any (otherwise 2^(bits-1) stands for all), then minimums where there are any.
    /// </summary>
    public sealed record Blocks(int Bits, int BlockSize, bool HasZeroPoints, bool HasMinimums) : MatrixFormat
    {
        /// <summary>Blocks of a row of so many elements; the last one may be padded.</summary>
        public int BlocksOf(int columns) => (columns + BlockSize - 1) / BlockSize;

        /// <summary>Bytes of the codes of one block.</summary>
        public int BlockByteLength => BlockSize * Bits / 8;

        /// <summary>Bytes of the zero points of a row of so many elements.</summary>
        public int ZeroPointByteLength(int columns) => ((BlocksOf(columns) * Bits) + 7) / 8;
    }
}
