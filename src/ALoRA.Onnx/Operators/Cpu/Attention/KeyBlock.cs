using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ALoRA.Onnx.Operators.Cpu.Attention;

/// <summary>Lays a block of keys out so that one instruction reads the same element of many keys.</summary>
internal static unsafe class KeyBlock
{
    private const int Block = AttentionJob.Block;
    private const int Tile = 4;

    /// <summary>Copies keys [count, size] to [size, <see cref="AttentionJob.Block"/>].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* keys, int count, int size, float* to)
    {
        int key = 0;
        for (; key + Tile <= count; key += Tile)
        {
            float* from = keys + ((long)key * size);
            int at = 0;
            for (; at + Tile <= size; at += Tile)
            {
                Four(from + at, size, to + ((long)at * Block) + key);
            }

            for (; at < size; at++)
            {
                for (int i = 0; i < Tile; i++)
                {
                    to[((long)at * Block) + key + i] = from[((long)i * size) + at];
                }
            }
        }

        for (; key < count; key++)
        {
            for (int at = 0; at < size; at++)
            {
                to[((long)at * Block) + key] = keys[((long)key * size) + at];
            }
        }
    }

    // Four elements of four keys.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(float* from, int step, float* to)
    {
        Vector128<float> a = Vector128.Load(from);
        Vector128<float> b = Vector128.Load(from + step);
        Vector128<float> c = Vector128.Load(from + (2L * step));
        Vector128<float> d = Vector128.Load(from + (3L * step));
        Vector128<float> ac = Low(a, c), bd = Low(b, d), high = High(a, c), other = High(b, d);
        Low(ac, bd).Store(to);
        High(ac, bd).Store(to + Block);
        Low(high, other).Store(to + (2 * Block));
        High(high, other).Store(to + (3 * Block));
    }

    // a0 b0 a1 b1
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Low(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b)
        : Vector128.Create(a[0], b[0], a[1], b[1]);

    // a2 b2 a3 b3
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> High(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b)
        : Vector128.Create(a[2], b[2], a[3], b[3]);
}
