using ALoRA.Onnx.Export;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Training.Checkpoints;
using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Tests.Checkpoints;

[TestClass]
public sealed class PeftWriterTests
{
    private static readonly PeftAdapterConfig Config = new()
    {
        FilePath = "",
        Rank = 4,
        Alpha = 6.5,
        RankStabilized = true,
        LoraBias = false,
        Targets = new ModuleNames(["q_proj", "up_proj"], null),
        Exclusions = new ModuleNames(["layers.0.self_attn.q_proj"], null),
        Layers = new HashSet<int> { 2, 1 },
        LayersPatterns = ["layers"],
        RankPattern = [new("q_proj", 8)],
        AlphaPattern = [new("up_proj", 3)],
        InvocationTokens = [7, 8],
        BaseModel = "base",
        Warnings = [],
    };

    [TestMethod]
    public void Write_AllSettings_AreReadAsTheyWere()
    {
        PeftAdapterConfig read = WriteAndRead(Config, out Dictionary<string, float[]> tensors);
        Assert.AreEqual((4, 6.5, true, false, "base"), (read.Rank, read.Alpha, read.RankStabilized, read.LoraBias, read.BaseModel));
        CollectionAssert.AreEqual(new[] { "q_proj", "up_proj" }, read.Targets.Names!.ToArray());
        CollectionAssert.AreEqual(new[] { "layers.0.self_attn.q_proj" }, read.Exclusions!.Names!.ToArray());
        CollectionAssert.AreEquivalent(new[] { 1, 2 }, read.Layers!.ToArray());
        CollectionAssert.AreEqual(new[] { "layers" }, read.LayersPatterns.ToArray());
        CollectionAssert.AreEqual(new KeyValuePair<string, int>[] { new("q_proj", 8) }, read.RankPattern.ToArray());
        CollectionAssert.AreEqual(new KeyValuePair<string, double>[] { new("up_proj", 3) }, read.AlphaPattern.ToArray());
        CollectionAssert.AreEqual(new[] { 7, 8 }, read.InvocationTokens.ToArray());
        Assert.IsEmpty(read.Warnings);
        CollectionAssert.AreEqual(new float[] { 1, 2, 3, 4, 5, 6 }, tensors["base_model.model.model.layers.1.mlp.up_proj.lora_A.weight"]);
    }

    [TestMethod]
    public void Write_ExpressionWithoutInvocation_IsReadAsItWas()
    {
        PeftAdapterConfig read = WriteAndRead(
            Config with
            {
                Targets = new ModuleNames(null, ".*q_proj"),
                Exclusions = null,
                Layers = null,
                LayersPatterns = [],
                InvocationTokens = [],
            },
            out _);
        Assert.AreEqual((".*q_proj", null), (read.Targets.Pattern, read.Layers));
        Assert.IsEmpty(read.InvocationTokens);
    }

    private static PeftAdapterConfig WriteAndRead(PeftAdapterConfig config, out Dictionary<string, float[]> tensors)
    {
        using TemporaryFolder temporary = new();
        using PartialFolder folder = PartialFolder.Create(temporary["adapter"], overwrite: false, 0);
        TrainedTensor tensor = new("base_model.model.model.layers.1.mlp.up_proj.lora_A.weight", [2, 3], "a");
        PeftWriter.Write(folder, config, dropout: 0.1, [tensor], [[1, 2, 3, 4, 5, 6]]);
        using SafetensorsFile file = SafetensorsFile.Open(folder["adapter_model.safetensors"]);
        tensors = file.Tensors.ToDictionary(entry => entry.Key, entry =>
        {
            float[] values = new float[entry.Value.ElementCount];
            entry.Value.ReadRowsAsFloat(0, (int)entry.Value.RowCount, values);
            return values;
        });
        return PeftConfigReader.Read(folder.Path);
    }
}
