using System.Text.Json.Nodes;
using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Tensors;
using ALoRA.Onnx.Tests.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace ALoRA.Onnx.Tests.Adapters;

[TestClass]
public sealed class AdapterRegistryTests
{
    [TestMethod]
    public void Names_FoldersAndLoadedOnes_AreListedInOrder()
    {
        using TemporaryFolder folder = new();
        TestAdapter.Write(folder["adapters", "b"], "b");
        TestAdapter.Write(folder["elsewhere"], "a");
        Directory.CreateDirectory(folder["adapters", "no-adapter"]);
        AdapterRegistry registry = Create(folder);
        registry.Load(folder["elsewhere"]);
        CollectionAssert.AreEqual(new[] { "a", "b" }, registry.Names.ToArray());
        CollectionAssert.AreEqual(new[] { "a" }, registry.LoadedNames.ToArray());
        registry.Close();
    }

    [TestMethod]
    public void Get_FromModelFolder_LoadsOnce()
    {
        using TemporaryFolder folder = new();
        TestAdapter.Write(folder["adapters", "b"], "converted under another name");
        AdapterRegistry registry = Create(folder);
        Adapter adapter = registry.Get("b");
        Assert.AreEqual("b", adapter.Name);
        Assert.AreSame(adapter, registry.Get("b"));
        CollectionAssert.AreEqual(new[] { 3, 4 }, adapter.InvocationTokens.ToArray());
        registry.Close();
    }

    [TestMethod]
    public void Load_LoraBias_NeedsAModelWithInputsForIt()
    {
        using TemporaryFolder folder = new();
        (string Name, long[] Shape, float[] Values)[] tensors =
        [
            .. TestAdapter.Tensors(),
            .. Enumerable.Range(0, 2).Select(
                layer => ($"model.layers.{layer}.self_attn.o_proj.lora_A.bias", new long[] { TestAdapter.Rank }, new float[] { 0, 1 })),
        ];
        TestAdapter.Write(folder["adapters", "b"], "b", json => json["lora_bias"] = true, tensors);
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => Create(folder).Get("b"));
        Assert.Contains("--adapter-bias", exception.Message);

        AdapterRegistry registry = new(
            folder.Path, TestManifest.Read(json => json["adapter_bias"] = true), TensorMemory.Host, allowOtherBases: false,
            NullLogger.Instance);
        Adapter adapter = registry.Get("b");
        Assert.IsTrue(adapter.Manifest.HasLoraBias);
        Assert.HasCount(6, adapter.Weights.Inputs);
        registry.Close();
    }

    [TestMethod]
    public void Load_LoraBiasWithoutItsTensors_IsRefused()
    {
        using TemporaryFolder folder = new();
        TestAdapter.Write(folder["adapters", "b"], "b", json => json["lora_bias"] = true);
        AdapterRegistry registry = new(
            folder.Path, TestManifest.Read(json => json["adapter_bias"] = true), TensorMemory.Host, allowOtherBases: false,
            NullLogger.Instance);
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => registry.Get("b"));
        Assert.Contains("'model.layers.0.self_attn.o_proj.lora_A.bias' is missing", exception.Message);
    }

    [TestMethod]
    [DataRow("missing")]
    [DataRow("../elsewhere")]
    [DataRow("..")]
    [DataRow("B")]
    public void Get_UnknownName_ListsTheKnownOnes(string name)
    {
        using TemporaryFolder folder = new();
        TestAdapter.Write(folder["adapters", "b"], "b");
        TestAdapter.Write(folder["elsewhere"], "a");
        AdapterNotFoundException exception = Assert.ThrowsExactly<AdapterNotFoundException>(() => Create(folder).Get(name));
        Assert.Contains("Known: b", exception.Message);
        Assert.AreEqual(name, exception.AdapterName);
    }

    [TestMethod]
    public void Load_NameInUse_IsRefused()
    {
        using TemporaryFolder folder = new();
        TestAdapter.Write(folder["x"], "x");
        AdapterRegistry registry = Create(folder);
        registry.Load(folder["x"]);
        Assert.ThrowsExactly<ArgumentException>(() => registry.Load(folder["x"]));
        Assert.AreEqual("y", registry.Load(folder["x"], "y").Name);
        registry.Close();
    }

    [TestMethod]
    public void ContentHash_OfWhatIsComputed_NotOfNamesAndPlaces()
    {
        using TemporaryFolder folder = new();
        TestAdapter.Write(folder["x"], "x");
        TestAdapter.Write(folder["y"], "y");
        TestAdapter.Write(folder["later"], "x", json => json["activation_offset"] = 1);
        TestAdapter.Write(folder["other"], "x", json => json["invocation_tokens"] = new JsonArray(3, 5));
        (string Name, long[] Shape, float[] Values)[] tensors = [.. TestAdapter.Tensors()];
        tensors[0].Values[0] = 1;
        TestAdapter.Write(folder["weights"], "x", tensors: tensors);
        AdapterRegistry registry = Create(folder);
        string hash = registry.Load(folder["x"]).ContentHash;

        Assert.MatchesRegex("^[0-9A-F]{64}$", hash);
        Assert.AreEqual(hash, registry.Load(folder["y"]).ContentHash);
        foreach (string name in (string[])["later", "other", "weights"])
        {
            Assert.AreNotEqual(hash, registry.Load(folder[name], name).ContentHash, name);
        }

        registry.Close();
    }

    [TestMethod]
    public async Task LoadAsync_Adapter_LoadsOrFailsInItsTask()
    {
        using TemporaryFolder folder = new();
        TestAdapter.Write(folder["x"], "x");
        AdapterRegistry registry = Create(folder);
        await Assert.ThrowsAsync<OperationCanceledException>(() => registry.LoadAsync(folder["x"], null, new CancellationToken(true)));
        Assert.IsEmpty(registry.LoadedNames);
        Adapter loaded = await registry.LoadAsync(folder["x"], "y");
        Assert.AreSame(registry.Get("y"), loaded);
        Task<Adapter> again = registry.LoadAsync(folder["x"], "y");
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => again);
        registry.Close();
    }

    [TestMethod]
    public void Unload_WhileLeased_IsRefusedAndPossibleAfterwards()
    {
        using TemporaryFolder folder = new();
        TestAdapter.Write(folder["adapters", "x"], "x");
        AdapterRegistry registry = Create(folder);
        AdapterLease first = registry.Acquire("x");
        AdapterLease second = first.Share();
        first.Dispose();
        first.Dispose();
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(() => registry.Unload("x"));
        Assert.Contains("'x' is in use once", exception.Message);
        second.Dispose();
        registry.Unload("x");
        Assert.IsEmpty(registry.LoadedNames);
        Assert.Contains("none", Assert.ThrowsExactly<ArgumentException>(() => registry.Unload("x")).Message);
        registry.Acquire("x").Dispose();
        registry.Close();
        ObjectDisposedException disposed = Assert.ThrowsExactly<ObjectDisposedException>(() => registry.Get("x"));
        Assert.AreEqual(typeof(AloraModel).FullName, disposed.ObjectName);
    }

    [TestMethod]
    public void Acquire_ManyThreads_LoadsOneAdapterAndCountsAllLeases()
    {
        using TemporaryFolder folder = new();
        TestAdapter.Write(folder["adapters", "x"], "x");
        AdapterRegistry registry = Create(folder);
        AdapterLease[] leases = new AdapterLease[32];
        Parallel.For(0, leases.Length, i => leases[i] = registry.Acquire("x"));
        Assert.HasCount(1, leases.Select(lease => lease.Adapter).Distinct());
        Assert.AreEqual(32, leases[0].Adapter.Leases);
        Parallel.ForEach(leases, lease => lease.Dispose());
        registry.Unload("x");
    }

    [TestMethod]
    public void Load_OtherBase_IsRefusedUnlessAllowed()
    {
        using TemporaryFolder folder = new();
        TestAdapter.Write(folder["x"], "x", json => json["base"]!["fingerprint"] = "sha256:ff");
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(() => Create(folder).Load(folder["x"]));
        Assert.Contains("sha256:ff", exception.Message);
        Assert.Contains(nameof(AloraModelOptions.AllowAdaptersOfOtherBases), exception.Message);
        AdapterRegistry allowing = new(folder.Path, TestManifest.Read(), TensorMemory.Host, allowOtherBases: true, NullLogger.Instance);
        Assert.AreEqual("x", allowing.Load(folder["x"]).Name);
        allowing.Close();
    }

    [TestMethod]
    [DataRow("kind", "\"dora\"", "'kind'")]
    [DataRow("kind", "\"lora\"", "'invocation_tokens'")]
    [DataRow("invocation_tokens", "null", "'invocation_tokens'")]
    [DataRow("invocation_tokens", "[]", "'invocation_tokens'")]
    [DataRow("invocation_tokens", "[-1]", "'invocation_tokens[0]'")]
    [DataRow("activation_offset", "2", "'activation_offset'")]
    [DataRow("weights", "\"../x\"", "'weights'")]
    [DataRow("weights", "\"missing\"", "can't be read")]
    [DataRow("element_type", "\"float64\"", "'element_type'")]
    [DataRow("element_type", "\"float16\"", "computes in float32")]
    [DataRow("groups", "[]", "'groups'")]
    [DataRow("groups", "[{\"name\": \"qkv\", \"rank\": 2}]", "the group 'qkv'")]
    [DataRow("groups", "[{\"name\": \"o\", \"rank\": 3}]", "[8, 3]")]
    [DataRow("alpha", "null", "'alpha'")]
    [DataRow("format", "9", "'format' is 9")]
    public void Load_WrongField_NamesIt(string field, string value, string named)
    {
        using TemporaryFolder folder = new();
        TestAdapter.Write(folder["x"], "x", json => json[field] = JsonNode.Parse(value));
        Assert.Contains(named, Assert.ThrowsExactly<ModelFormatException>(() => Create(folder).Load(folder["x"])).Message);
    }

    [TestMethod]
    public void Load_MissingOrSurplusTensor_NamesIt()
    {
        using TemporaryFolder folder = new();
        TestAdapter.Write(folder["missing"], "x", tensors: [.. TestAdapter.Tensors().Skip(1)]);
        TestAdapter.Write(folder["surplus"], "x", tensors: [.. TestAdapter.Tensors(), ("extra", [1], [1])]);
        TestAdapter.Write(folder["mask"], "x", tensors: [.. TestAdapter.Tensors().SkipLast(1), ("activation_mask", [1, 1, 1], [2])]);
        Assert.Contains("'model.layers.0.self_attn.o_proj.lora_A.weight' is missing", Refusal("missing"));
        Assert.Contains("'extra'", Refusal("surplus"));
        Assert.Contains("activation_mask", Refusal("mask"));

        string Refusal(string name) => Assert.ThrowsExactly<ModelFormatException>(() => Create(folder).Load(folder[name])).Message;
    }

    [TestMethod]
    [DataRow(float.NaN, "NaN")]
    [DataRow(float.PositiveInfinity, "infinity")]
    [DataRow(float.NegativeInfinity, "infinity")]
    public void Load_WeightsThatAreNotFinite_NamesFileAndTensor(float wrong, string what)
    {
        using TemporaryFolder folder = new();
        (string Name, long[] Shape, float[] Values)[] tensors = [.. TestAdapter.Tensors()];
        tensors[3].Values[5] = wrong;
        TestAdapter.Write(folder["x"], "x", tensors: tensors);
        string message = Assert.ThrowsExactly<ModelFormatException>(() => Create(folder).Load(folder["x"])).Message;
        Assert.Contains(folder["x", "adapter.onnx_adapter"], message);
        Assert.Contains("'model.layers.1.self_attn.o_proj.lora_B.weight'", message);
        Assert.Contains(what, message);
        Assert.Contains("element 5", message);
    }

    [TestMethod]
    public void ContentHash_SameWeightsUnderAnotherName_IsTheSame()
    {
        using TemporaryFolder folder = new();
        (string Name, long[] Shape, float[] Values)[] others = [.. TestAdapter.Tensors()];
        others[0].Values[0] = 1;
        TestAdapter.Write(folder["a"], "a");
        TestAdapter.Write(folder["b"], "b");
        TestAdapter.Write(folder["c"], "c", tensors: others);
        AdapterRegistry registry = Create(folder);
        string[] hashes = [.. new[] { "a", "b", "c" }.Select(name => registry.Load(folder[name]).Weights.ContentHash)];
        Assert.AreEqual(hashes[0], hashes[1]);
        Assert.AreNotEqual(hashes[0], hashes[2]);
        registry.Close();
    }

    private static AdapterRegistry Create(TemporaryFolder folder) =>
        new(folder.Path, TestManifest.Read(), TensorMemory.Host, allowOtherBases: false, NullLogger.Instance);
}
