using System.Text;

namespace ALoRA.Onnx.Tests.Models;

/// <summary>Damaged manifests are read or refused; nothing else may come out.</summary>
[TestClass]
public sealed class MutatedManifestTests
{
    [TestMethod]
    public void Read_DamagedManifest_IsReadOrRefused()
    {
        using TemporaryFolder folder = new();
        Fuzzing.Check(
            Encoding.UTF8.GetBytes(TestManifest.Json().ToJsonString()),
            bytes =>
            {
                File.WriteAllBytes(folder[ModelManifest.FileName], bytes);
                ModelManifest.Read(folder.Path);
            },
            exception => exception is ModelFormatException,
            FuzzPieces.Json,
            runs: 1_000);
    }
}
