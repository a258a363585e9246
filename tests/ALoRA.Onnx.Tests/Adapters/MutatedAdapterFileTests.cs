using ALoRA.Onnx.Adapters;

namespace ALoRA.Onnx.Tests.Adapters;

/// <summary>Damaged <c>.onnx_adapter</c> files are read or refused; nothing else may come out.</summary>
[TestClass]
public sealed class MutatedAdapterFileTests
{
    [TestMethod]
    public void Read_DamagedFile_IsReadOrRefused()
    {
        using TemporaryFolder folder = new();
        Fuzzing.Check(
            AdapterBytes.Build(("model.layers.0.self_attn.qkv_proj.lora_A.weight", [2, 3], [1, 2, 3, 4, 5, 6]), ("b", [1], [7])),
            bytes =>
            {
                File.WriteAllBytes(folder["adapter.onnx_adapter"], bytes);
                using AdapterFile file = AdapterFile.Read(folder["adapter.onnx_adapter"]);
            },
            exception => exception is ModelFormatException,
            FuzzPieces.None,
            runs: 2_000);
    }
}
