using System.Text.Json.Nodes;
using ALoRA.Onnx.Models;

namespace ALoRA.Onnx.Tests.Models;

[TestClass]
public sealed class ModelManifestTests
{
    [TestMethod]
    public void Read_WholeManifest_GivesEveryField()
    {
        ModelManifest manifest = TestManifest.Read();
        Assert.AreEqual("llama", manifest.Architecture);
        Assert.AreEqual(new BaseIdentity("tiny", "sha256:00"), manifest.Base);
        Assert.AreEqual(16, manifest.VocabularySize);
        Assert.AreEqual(2, manifest.LayerCount);
        CollectionAssert.AreEqual(new[] { 1, 2 }, manifest.EosTokenIds.ToArray());
        Assert.AreEqual(3_000_000_000, manifest.WeightsBytes);
        Assert.AreEqual(4, manifest.Precision.AccuracyLevel);
        Assert.IsNull(manifest.Precision.PrefillAccuracyLevel);
        AdapterGroup group = manifest.AdapterGroups.Single();
        Assert.AreEqual("model.layers.1.self_attn.o_proj.lora_A.weight", group.InputNameOfA(1));
        Assert.AreEqual(8, group.OutputSize);
    }

    [TestMethod]
    public void Read_ByteOrderMarkAndCarriageReturns_AreAccepted()
    {
        using TemporaryFolder folder = new();
        string text = TestManifest.Json()
            .ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true })
            .ReplaceLineEndings("\r\n");
        File.WriteAllText(folder[ModelManifest.FileName], text, new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.AreEqual("tiny", ModelManifest.Read(folder.Path).Name);
    }

    [TestMethod]
    public void Read_SingleEndOfTextId_IsAListOfOne()
    {
        CollectionAssert.AreEqual(new[] { 5 }, TestManifest.Read(json => json["eos_token_id"] = 5).EosTokenIds.ToArray());
        Assert.IsEmpty(TestManifest.Read(json => json["eos_token_id"] = null).EosTokenIds);
    }

    [TestMethod]
    public void Read_MissingFile_SaysWhatToDo()
    {
        using TemporaryFolder folder = new();
        AssertRefused(folder, "is missing", "alora export");
    }

    [TestMethod]
    [DataRow("", "not JSON")]
    [DataRow("{", "not JSON")]
    [DataRow("[]", "a JSON object")]
    [DataRow("null", "a JSON object")]
    public void Read_NoManifest_IsRefused(string text, string reason)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder[ModelManifest.FileName], text);
        AssertRefused(folder, reason, "alora export");
    }

    [TestMethod]
    [DataRow("format", "2", "'format' is 2")]
    [DataRow("format", null, "'format'")]
    [DataRow("vocab_size", "0", "'vocab_size'")]
    [DataRow("vocab_size", "\"16\"", "'vocab_size'")]
    [DataRow("vocab_size", "1e300", "'vocab_size'")]
    [DataRow("num_hidden_layers", "-1", "'num_hidden_layers'")]
    [DataRow("num_hidden_layers", "2000000000", "'num_hidden_layers'")]
    [DataRow("num_key_value_heads", "3", "'num_key_value_heads'")]
    [DataRow("eos_token_id", "[1, -2]", "'eos_token_id[1]'")]
    [DataRow("eos_token_id", "\"x\"", "'eos_token_id'")]
    [DataRow("base", "3", "'base'")]
    [DataRow("base", "{}", "'base.name_or_path'")]
    [DataRow("graphs", "{\"model\": \"../model.onnx\"}", "'graphs.model'")]
    [DataRow("graphs", "{\"model\": \"a\\\\b.onnx\"}", "'graphs.model'")]
    [DataRow("weights", "{\"file\": \"..\", \"bytes\": 1}", "'weights.file'")]
    [DataRow("weights", "{\"file\": \"w\", \"bytes\": -1}", "'weights.bytes'")]
    [DataRow("precision", "{\"name\": \"x\"}", "'precision.weights'")]
    [DataRow("adapter_groups", "{}", "'adapter_groups'")]
    [DataRow("adapter_groups", "[1]", "'adapter_groups[0]'")]
    [DataRow(
        "adapter_groups", "[{\"name\": \"o\", \"prefix\": \"p\", \"input_size\": 1, \"outputs\": [{\"module\": \"m\", \"size\": 1}]}]",
        "'adapter_groups[0].prefix'")]
    [DataRow(
        "adapter_groups", "[{\"name\": \"o\", \"prefix\": \"p{layer}\", \"input_size\": 1, \"outputs\": []}]",
        "'adapter_groups[0].outputs'")]
    public void Read_WrongField_NamesFileAndField(string field, string? value, string named)
    {
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(
            () => TestManifest.Read(json => json[field] = value is null ? null : JsonNode.Parse(value)));
        Assert.Contains(named, exception.Message);
        Assert.Contains(ModelManifest.FileName, exception.Message);
    }

    [TestMethod]
    public void Read_OptionalParts_AreOffWhereMissing()
    {
        ModelManifest plain = TestManifest.Read();
        Assert.IsFalse(plain.HasAdapterBias);
        Assert.IsNull(plain.RotarySwitchLength);
        ModelManifest with = TestManifest.Read(json => (json["adapter_bias"], json["rotary_switch_length"]) = (true, 4096));
        Assert.IsTrue(with.HasAdapterBias);
        Assert.AreEqual(4096, with.RotarySwitchLength);
    }

    [TestMethod]
    public void Read_LoneSurrogate_IsNoText()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(
            folder[ModelManifest.FileName],
            TestManifest.Json().ToJsonString().Replace("\"llama\"", "\"\\ud800\"", StringComparison.Ordinal));
        AssertRefused(folder, "'architecture'", "Unicode");
    }

    [TestMethod]
    public void Read_UnknownElementType_NamesTheKnownOnes()
    {
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(
            () => TestManifest.Read(json => json["precision"]!["activations"] = "float8"));
        Assert.Contains("bfloat16", exception.Message);
    }

    private static void AssertRefused(TemporaryFolder folder, params string[] parts)
    {
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => ModelManifest.Read(folder.Path));
        foreach (string part in parts)
        {
            Assert.Contains(part, exception.Message);
        }
    }
}
