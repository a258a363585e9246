namespace ALoRA.Onnx.Export.Tests.Adapters;

/// <summary>Damaged adapters: refused with a sentence or converted, never anything else.</summary>
[TestClass]
public sealed class MutatedAdapterTests
{
    [TestMethod]
    [DataRow("adapter_config.json")]
    [DataRow("adapter_model.safetensors")]
    public void ConvertAsync_RandomDamage_IsRefusedOrConverted(string file)
    {
        using TemporaryFolder temporary = new();
        string model = TestModel.Tiny(temporary);
        string peft = TestAdapter.QueryAndValue()
            .With("rank_pattern", new System.Text.Json.Nodes.JsonObject { ["q_proj|v_proj"] = 2 })
            .Save(temporary);
        AdapterConversionOptions options = new() { Overwrite = true };
        string adapters = Path.Combine(model, "adapters");
        Fuzzing.Check(
            File.ReadAllBytes(Path.Combine(peft, file)),
            bytes =>
            {
                File.WriteAllBytes(Path.Combine(peft, file), bytes);
                AdapterConverter.ConvertAsync(peft, model, options: options).GetAwaiter().GetResult();
                Assert.IsLessThanOrEqualTo(1, Directory.Exists(adapters) ? Directory.GetFileSystemEntries(adapters).Length : 0);
            },
            exception => exception is CheckpointFormatException && exception.Message.Contains("adapter_", StringComparison.Ordinal),
            FuzzPieces.Json,
            runs: 400);
    }
}
