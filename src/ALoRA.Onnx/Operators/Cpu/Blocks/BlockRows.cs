using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ALoRA.Onnx.Operators.Cpu.Blocks;

/// <summary>Rows that a run of <see cref="DecodeBlocks"/> decodes, and what its tasks read.</summary>
internal unsafe struct BlockRows
{
    /// <summary>Bits of a code.</summary>
    public int Bits;

    /// <summary>Columns of a row.</summary>
    public int Columns;

    /// <summary>Blocks of a row.</summary>
    public int Blocks;

    /// <summary>Columns of a block.</summary>
    public int BlockSize;

    /// <summary>Rows.</summary>
    public int Rows;

    /// <summary>Tasks that share the rows.</summary>
    public int Tasks;

    /// <summary>Codes of the first row.</summary>
    public byte* Codes;

    /// <summary>Scales of the first row.</summary>
    public float* Scales;

    /// <summary>Zero points of the first row; null for the middle code.</summary>
    public byte* ZeroPoints;

    /// <summary>Bytes of a row's zero points.</summary>
    public long ZeroBytes;

    /// <summary>Where numbers go.</summary>
    public float* Decoded;

    /// <summary>Decodes the rows of one task.</summary>
    /// <param name="state">A <see cref="BlockRows"/>.</param>
    /// <param name="task">The task.</param>
    public static void Decode(void* state, int task)
    {
        BlockRows* job = (BlockRows*)state;
        long end = (long)job->Rows * (task + 1) / job->Tasks;
        for (long row = (long)job->Rows * task / job->Tasks; row < end; row++)
        {
            job->DecodeRow(row);
        }
    }

    private readonly void DecodeRow(long row)
    {
        int bytes = BlockSize * Bits / 8;
        byte* codes = Codes + (row * Blocks * bytes);
        float* scales = Scales + (row * Blocks);
        byte* zeros = ZeroPoints is null ? null : ZeroPoints + (row * ZeroBytes);
        float* to = Decoded + (row * Columns);
        for (int block = 0; block < Blocks; block++)
        {
            int zero = zeros is null ? 1 << (Bits - 1) : Bits == 8 ? zeros[block] : (zeros[block / 2] >> (block % 2 * 4)) & 15;
            int count = Math.Min(BlockSize, Columns - (block * BlockSize));
            if (Bits == 4)
            {
                DecodeNibbles(codes, count, zero, scales[block], to);
            }
            else
            {
                DecodeBytes(codes, count, zero, scales[block], to);
            }

            codes += bytes;
            to += count;
        }
    }

    private static void DecodeNibbles(byte* codes, int count, int zero, float scale, float* to)
    {
        int i = 0;
        if (Avx2.IsSupported)
        {
            // Eight codes are one number of 32 bits, the first of them its lowest four.
            Vector256<uint> places = Vector256.Create(0u, 4, 8, 12, 16, 20, 24, 28);
            for (; i <= count - 8; i += 8)
            {
                Vector256<uint> shifted = Avx2.ShiftRightLogicalVariable(Vector256.Create(*(uint*)(codes + (i / 2))), places);
                Store((shifted & Vector256.Create(15u)).AsInt32(), zero, scale, to + i);
            }
        }

        for (; i < count; i++)
        {
            to[i] = (((codes[i / 2] >> (i % 2 * 4)) & 15) - zero) * scale;
        }
    }

    private static void DecodeBytes(byte* codes, int count, int zero, float scale, float* to)
    {
        int i = 0;
        if (Avx2.IsSupported)
        {
            for (; i <= count - 8; i += 8)
            {
                Store(Avx2.ConvertToVector256Int32(codes + i), zero, scale, to + i);
            }
        }

        for (; i < count; i++)
        {
            to[i] = (codes[i] - zero) * scale;
        }
    }

    private static void Store(Vector256<int> codes, int zero, float scale, float* to) =>
        (Vector256.ConvertToSingle(codes - Vector256.Create(zero)) * scale).Store(to);
}
