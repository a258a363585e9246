using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Tests.Weights;

[TestClass]
public sealed class FloatRoundingTests
{
    [TestMethod]
    public void Round_EveryBFloat16AndItsNeighbourhood_IsNearestWithTiesToEven()
    {
        List<float> values = [];
        for (uint upper = 0; upper < 0x7F80; upper += 7)
        {
            foreach (uint lower in (uint[])[0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF])
            {
                uint bits = (upper << 16) | lower;
                if (bits <= 0x7F7F_7FFF)
                {
                    values.Add(BitConverter.UInt32BitsToSingle(bits));
                    values.Add(-BitConverter.UInt32BitsToSingle(bits));
                }
            }
        }

        ushort[] rounded = new ushort[values.Count];
        FloatRounding.Round([.. values], ActivationType.BFloat16, MemoryMarshal.AsBytes(rounded.AsSpan()), "weight");
        for (int i = 0; i < rounded.Length; i++)
        {
            Assert.AreEqual(NearestBFloat16(values[i]), rounded[i], $"{values[i]:R}");
        }
    }

    [TestMethod]
    public void Round_ValuesAroundEveryFloat16_IsNearestWithTiesToEven()
    {
        List<float> values = [];
        for (int code = 0; code < 0x7BFF; code++)
        {
            float low = (float)BitConverter.UInt16BitsToHalf((ushort)code);
            float middle = (low + (float)BitConverter.UInt16BitsToHalf((ushort)(code + 1))) / 2;
            values.AddRange([low, MathF.BitDecrement(middle), middle, MathF.BitIncrement(middle)]);
        }

        Half[] rounded = new Half[values.Count];
        FloatRounding.Round([.. values], ActivationType.Float16, MemoryMarshal.AsBytes(rounded.AsSpan()), "weight");
        for (int i = 0; i < rounded.Length; i++)
        {
            int code = i / 4;
            int expected = (i % 4) switch
            {
                2 => code + (code % 2),
                3 => code + 1,
                _ => code,
            };
            Assert.AreEqual((ushort)expected, BitConverter.HalfToUInt16Bits(rounded[i]), $"{values[i]:R}");
        }
    }

    [TestMethod]
    [DataRow((int)ActivationType.Float16, 65519.996f, true)]
    [DataRow((int)ActivationType.Float16, 65520f, false)]
    [DataRow((int)ActivationType.Float16, -70000f, false)]
    [DataRow((int)ActivationType.BFloat16, 3.3895e38f, true)]
    [DataRow((int)ActivationType.BFloat16, 3.3962e38f, false)]
    [DataRow((int)ActivationType.Float32, float.MaxValue, true)]
    [DataRow((int)ActivationType.Float32, float.PositiveInfinity, false)]
    [DataRow((int)ActivationType.BFloat16, float.NaN, false)]
    public void Round_LargeValue_IsFiniteOrRefusedWithTheTensorsName(int typeCode, float value, bool fits)
    {
        ActivationType type = (ActivationType)typeCode;
        byte[] bytes = new byte[2 * sizeof(float)];
        float[] values = [1, value];
        if (!fits)
        {
            CheckpointFormatException error = Assert.ThrowsExactly<CheckpointFormatException>(
                () => FloatRounding.Round(values, type, bytes, "model.norm.weight"));
            StringAssert.Contains(error.Message, "'model.norm.weight'", StringComparison.Ordinal);
            return;
        }

        FloatRounding.Round(values, type, bytes, "model.norm.weight");
        float stored = type switch
        {
            ActivationType.Float16 => (float)MemoryMarshal.Cast<byte, Half>(bytes)[1],
            ActivationType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)MemoryMarshal.Cast<byte, ushort>(bytes)[1] << 16),
            _ => MemoryMarshal.Cast<byte, float>(bytes)[1],
        };
        Assert.IsTrue(float.IsFinite(stored));
    }

    // The naive twin: the nearer of the two neighbours, the even one if both are equally near.
    private static ushort NearestBFloat16(float value)
    {
        uint lower = BitConverter.SingleToUInt32Bits(value) >> 16;
        double below = BitConverter.UInt32BitsToSingle(lower << 16);
        double above = BitConverter.UInt32BitsToSingle((lower + 1) << 16);
        double toBelow = Math.Abs(value - below);
        double toAbove = Math.Abs(above - value);
        return (ushort)(toBelow < toAbove || (toBelow == toAbove && lower % 2 == 0) ? lower : lower + 1);
    }
}
