using System.Text;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;
using ALoRA.Onnx.Export.Tests.Checkpoints.Safetensors;

namespace ALoRA.Onnx.Export.Tests.Checkpoints;

/// <summary>Damaged files are read or refused; nothing else may happen. The seeds are fixed.</summary>
[TestClass]
public sealed class MutatedFilesTests
{
    private const int Runs = 1500;
    private const long MaxAllocation = 4 << 20;

    [TestMethod]
    public void Open_DamagedGguf_IsReadOrRefusedWithinBounds() => Check("a.gguf", TinyGguf.Make().ToBytes(), path =>
    {
        using Checkpoint checkpoint = CheckpointReader.Open(path);
        ReadAll(checkpoint.Tensors.Values);
    });

    [TestMethod]
    public void Open_DamagedSafetensors_IsReadOrRefusedWithinBounds() => Check(
        "a.safetensors",
        SafetensorsBytes.Make(
            Encoding.UTF8.GetBytes(
                "{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}," +
                "\"b\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[24,32]}}"),
            32),
        path =>
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            ReadAll(file.Tensors.Values);
        });

    private static void ReadAll(IEnumerable<CheckpointTensor> tensors)
    {
        foreach (CheckpointTensor tensor in tensors.Where(tensor => tensor.ElementCount is > 0 and < 100_000))
        {
            tensor.ReadRowsAsFloat(0, (int)tensor.RowCount, new float[tensor.ElementCount]);
        }
    }

    private static void Check(string name, byte[] sound, Action<string> read)
    {
        using TemporaryFolder folder = new();
        Random random = new(20260115);
        File.WriteAllBytes(folder[name], sound);
        read(folder[name]);
        int refused = 0;
        for (int run = 0; run < Runs; run++)
        {
            byte[] bytes = Mutate(sound, random);
            File.WriteAllBytes(folder[name], bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(folder[name]);
            }
            catch (CheckpointFormatException)
            {
                refused++;
            }
            catch (Exception exception)
            {
                Assert.Fail($"Run {run}: {exception}");
            }

            Assert.IsLessThan(MaxAllocation, GC.GetAllocatedBytesForCurrentThread() - before, $"Run {run} allocated too much.");
        }

        Assert.IsGreaterThan(Runs / 4, refused);
    }

    private static byte[] Mutate(byte[] sound, Random random)
    {
        List<byte> bytes = [.. sound];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int at = random.Next(bytes.Count);
            int length = Math.Min(random.Next(1, 9), bytes.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when length < bytes.Count:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.InsertRange(at, Enumerable.Range(0, length).Select(_ => (byte)random.Next(256)));
                    break;
                default:
                    byte fill = (byte)(random.Next(2) * 255);
                    for (int i = at; i < at + length; i++)
                    {
                        bytes[i] = fill;
                    }

                    break;
            }
        }

        return [.. bytes];
    }
}
