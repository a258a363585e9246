using System.Runtime.InteropServices;
using ALoRA.Onnx.Tensors;
using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Tests.Graphs;

[TestClass]
public sealed class PrefixPagesTests
{
    private const int PageSize = 16;

    [TestMethod]
    public async Task Fill_PlacedAndPassingPrefixes_EndWhereSuffixesBegin()
    {
        AloraModel model = await DemoModel.OpenAsync();
        ModelManifest manifest = model.Manifest;
        int size = manifest.HeadDim * sizeof(float);
        using PrefixPages pages = new(TensorMemory.Host, manifest, PageSize, passing: 3, lasting: 2);
        PrefixRows[] rows = [.. new[] { 5, 32, 17, 16 }.Select(length => Rows(manifest, length))];
        PrefixRows? placed = pages.TryPlace(rows[1]);
        Assert.IsNotNull(placed);
        Assert.IsNull(pages.TryPlace(rows[2]), "There was room for two pages alone.");
        PrefixRows?[] batch = [rows[0], placed, rows[2], null];
        const int Prefix = 48;
        long[] blocks = new long[batch.Length * manifest.KeyValueHeads * (Prefix / PageSize)];
        pages.Fill(blocks, [.. batch.Select(prefix => new TrainingRow(new[] { 1, 2 }, new[] { 1, 2 }, prefix))], Prefix);
        PrefixRows?[] sources = [rows[0], rows[1], rows[2], null];
        for (int b = 0; b < sources.Length; b++)
        {
            for (int head = 0; head < manifest.KeyValueHeads; head++)
            {
                for (int at = 0; at < Prefix; at++)
                {
                    long block = blocks[(((b * manifest.KeyValueHeads) + head) * (Prefix / PageSize)) + (at / PageSize)];
                    int row = at - Prefix + (sources[b]?.Length ?? 0);
                    byte[] expected = row < 0
                        ? new byte[size]
                        : sources[b]!.Values[1].AsSpan(((head * sources[b]!.Length) + row) * size, size).ToArray();
                    CollectionAssert.AreEqual(expected, Read(pages, block, at % PageSize, size), $"sequence {b}, head {head}, row {at}");
                }
            }
        }

        Assert.ThrowsExactly<InvalidOperationException>(() => pages.Fill(
            blocks, [.. Enumerable.Repeat(new TrainingRow(new[] { 1, 2 }, new[] { 1, 2 }, rows[3]), 4)], Prefix));
    }

    private static PrefixRows Rows(ModelManifest manifest, int length)
    {
        Random random = new(length);
        byte[][] Layers() =>
        [
            .. Enumerable.Range(0, manifest.LayerCount).Select(_ =>
            {
                byte[] bytes = new byte[length * PrefixRows.BytesPerRow(manifest)];
                random.NextBytes(bytes);
                return bytes;
            }),
        ];
        return PrefixRows.Of(length, Layers(), Layers());
    }

    private static byte[] Read(PrefixPages pages, long block, int row, int size)
    {
        byte[] bytes = new byte[size];
        Marshal.Copy((nint)(pages.Values(1).Address + (((block * PageSize) + row) * size)), bytes, 0, size);
        return bytes;
    }
}
