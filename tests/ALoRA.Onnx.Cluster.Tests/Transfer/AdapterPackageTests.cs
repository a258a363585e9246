using System.Formats.Tar;
using ALoRA.Onnx.Cluster.Transfer;

namespace ALoRA.Onnx.Cluster.Tests.Transfer;

[TestClass]
public sealed class AdapterPackageTests
{
    [TestMethod]
    public async Task WriteAndRead_FilesOfAFolder_AreTheSame()
    {
        using TemporaryFolder folder = new();
        (byte[] package, string digest) = await MakeAsync(folder);
        Directory.CreateDirectory(folder["target"]);

        await AdapterPackage.ReadAsync(new MemoryStream(package), folder["target"], digest, CancellationToken.None);

        Assert.AreEqual("{}", await File.ReadAllTextAsync(folder["target", "adapter.json"]));
        Assert.AreEqual(100_000, new FileInfo(folder["target", "weights"]).Length);
        Assert.HasCount(2, Directory.GetFileSystemEntries(folder["target"]));
    }

    [TestMethod]
    [DataRow(600)]
    [DataRow(70_000)]
    public async Task Read_ByteIsChanged_IsRefused(int at)
    {
        using TemporaryFolder folder = new();
        (byte[] package, string digest) = await MakeAsync(folder);
        package[^at] ^= 1;
        Directory.CreateDirectory(folder["target"]);

        await Assert.ThrowsAsync<Exception>(
            () => AdapterPackage.ReadAsync(new MemoryStream(package), folder["target"], at == 600 ? "00" : digest, CancellationToken.None));
    }

    [TestMethod]
    public async Task Read_CutOff_IsRefused()
    {
        using TemporaryFolder folder = new();
        (byte[] package, string digest) = await MakeAsync(folder);
        Directory.CreateDirectory(folder["target"]);

        await Assert.ThrowsAsync<Exception>(
            () => AdapterPackage.ReadAsync(new MemoryStream(package, 0, 50_000), folder["target"], digest, CancellationToken.None));
    }

    [TestMethod]
    [DataRow("../outside")]
    [DataRow("/tmp/outside")]
    [DataRow("sub/file")]
    [DataRow(".hidden")]
    public async Task Read_NameThatLeadsElsewhere_IsRefused(string name)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["target"]);
        MemoryStream package = new();
        await using (TarWriter writer = new(package, leaveOpen: true))
        {
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream([1]) });
        }

        package.Position = 0;
        await Assert.ThrowsExactlyAsync<InvalidDataException>(
            () => AdapterPackage.ReadAsync(package, folder["target"], "00", CancellationToken.None));
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder["target"]));
        Assert.IsFalse(File.Exists(folder["outside"]));
    }

    private static async Task<(byte[] Package, string Digest)> MakeAsync(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder["source", "sub"]);
        await File.WriteAllTextAsync(folder["source", "adapter.json"], "{}");
        await File.WriteAllTextAsync(folder["source", ".hidden"], "no part of it");
        byte[] weights = new byte[100_000];
        new Random(1).NextBytes(weights);
        await File.WriteAllBytesAsync(folder["source", "weights"], weights);
        MemoryStream package = new();
        await AdapterPackage.WriteAsync(folder["source"], package, CancellationToken.None);
        return (package.ToArray(), await AdapterPackage.DigestAsync(folder["source"], CancellationToken.None));
    }
}
