using ALoRA.Onnx.Cli.Evaluate;

namespace ALoRA.Onnx.Cli.Tests.Evaluate;

[TestClass]
public sealed class ReferenceFolderTests
{
    private const string OneCase =
        """
        {"adapters": {"a": {"kind": "alora", "invocation": [7]}, "l": {"kind": "lora", "invocation": null}},
         "cases": [{"name": "c", "input_ids": [5, 7, 9], "logits_positions": [2], "adapters": ["a", "l"],
                    "activation_start": {"a": 1}, "base_greedy": [1, 2], "a_greedy": [3], "l_greedy": [4]}]}
        """;

    [TestMethod]
    public void Open_Layout_GivesBaseAndAdapterRuns()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["cases.json"], OneCase);
        File.WriteAllBytes(folder["reference.safetensors"], []);
        Directory.CreateDirectory(folder["adapters", "a"]);
        Directory.CreateDirectory(folder["adapters", "l"]);
        Directory.CreateDirectory(folder["bad-adapters", "dora"]);

        ReferenceFolder reference = ReferenceFolder.Open(folder.Path);

        ReferenceModel model = reference.Models.Single();
        Assert.AreEqual(folder.Path, model.CheckpointPath);
        CollectionAssert.AreEqual(new[] { "a", "l" }, model.Adapters.Select(adapter => adapter.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "dora" }, model.BadAdapters.Select(adapter => adapter.Name).ToArray());
        ReferenceCase only = model.Cases.Single();
        CollectionAssert.AreEqual(new[] { 2 }, only.LogitsPositions.ToArray());
        Assert.HasCount(3, only.Runs);
        Assert.IsNull(only.Runs[0].Adapter);
        Assert.AreEqual("c.base_logits", only.Runs[0].LogitsTensor);
        Assert.AreEqual(1, only.Runs[1].ActivationStart);
        Assert.IsTrue(only.Runs[1].IsActivated);
        Assert.AreEqual("c.a.logits", only.Runs[1].LogitsTensor);
        Assert.IsFalse(only.Runs[2].IsActivated);
    }

    [TestMethod]
    [DataRow("{")]
    [DataRow("[]")]
    [DataRow("{\"cases\": [{}]}")]
    [DataRow("{\"cases\": [{\"name\": \"c\", \"input_ids\": [1.5]}]}")]
    [DataRow("{\"cases\": [{\"name\": \"c\", \"input_ids\": [1], \"base_greedy\": [], \"adapters\": [\"x\"]}]}")]
    public void Open_MalformedCases_NamesTheFile(string cases)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["cases.json"], cases);
        File.WriteAllBytes(folder["reference.safetensors"], []);

        FormatException exception = Assert.ThrowsExactly<FormatException>(() => ReferenceFolder.Open(folder.Path));

        Assert.Contains(folder["cases.json"], exception.Message);
    }

    [TestMethod]
    public void Open_ListedAdapterWithoutFolder_Throws()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["cases.json"], OneCase);
        File.WriteAllBytes(folder["reference.safetensors"], []);

        Assert.ThrowsExactly<DirectoryNotFoundException>(() => ReferenceFolder.Open(folder.Path));
    }

    [TestMethod]
    public void Open_SeveralGgufFiles_GivesOneModelEach()
    {
        ReferenceFolder reference = ReferenceFolder.Open(GoldenData.Path("gguf"));

        Assert.IsGreaterThan(1, reference.Models.Count);
        Assert.IsTrue(reference.Models.All(model => model.CheckpointPath.EndsWith(".gguf", StringComparison.Ordinal)));
        Assert.AreEqual(
            $"{Path.GetFileNameWithoutExtension(reference.Models[0].CheckpointPath)}.logits",
            reference.Models[0].Cases[0].Runs[0].LogitsTensor);
    }

    [TestMethod]
    public void Open_AdapterAlone_FindsItsBase()
    {
        ReferenceFolder reference = ReferenceFolder.Open(GoldenData.Path("ibm-old-format"));

        ReferenceModel model = reference.Models.Single();
        Assert.IsTrue(File.Exists(Path.Combine(model.CheckpointPath, "config.json")));
        Assert.AreEqual(reference.Path, model.Adapters.Single().Folder);
    }
}
