using ALoRA.Onnx.Export.Settings;

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
        /// <summary>
        /// Whether 8-bit codes are held as two matrices of 4-bit codes, high and low nibbles, because ONNX Runtime's CPU kernel for 8 bits
        /// is fast only with rounded activations (accuracy level 4):
        /// <c>w = 16 · scale · (high - zero point's high nibble) + scale · (low - zero point's low nibble)</c>, exactly the same value.
        /// Measured on a head of 49,152 x 576: 100 ms a row as it is, a few ms as two.
        /// </summary>
        public bool IsSplit { get; init; }

        /// <summary>Blocks of a row of so many elements; the last one may be padded.</summary>
        public int BlocksOf(int columns) => (columns + BlockSize - 1) / BlockSize;

        /// <summary>Bytes of the codes of one block.</summary>
        public int BlockByteLength => BlockSize * Bits / 8;

        /// <summary>Bytes of the zero points of a row of so many elements.</summary>
        public int ZeroPointByteLength(int columns) => ((BlocksOf(columns) * Bits) + 7) / 8;

        /// <summary>Bytes of a row in each stored tensor: codes, scales, then zero points and minimums where there are any.</summary>
        public IReadOnlyList<int> RowByteLengths(int columns, ActivationType scaleType)
        {
            int scales = BlocksOf(columns) * scaleType.ByteSize();
            return
            [
                BlocksOf(columns) * BlockByteLength, scales,
                .. HasZeroPoints ? [ZeroPointByteLength(columns)] : Array.Empty<int>(),
                .. HasMinimums ? [scales] : Array.Empty<int>(),
            ];
        }
    }
}
