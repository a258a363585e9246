using ALoRA.Onnx.Operators.Cuda;

namespace ALoRA.Onnx.Tests.Operators.Cuda;

[TestClass]
public sealed class CubinCacheTests
{
    private static readonly byte[] Code = [1, 2, 3, 4, 5];

    [TestMethod]
    public void Find_WhatWasStored_GivesIt_AndLeavesNothingElse()
    {
        using TemporaryFolder folder = new();
        string place = Path.Combine(folder.Path, "alora", "kernels");
        new CubinCache(place).Store("a", [9]);
        new CubinCache(place).Store("a", Code);
        CollectionAssert.AreEqual(Code, new CubinCache(place).Find("a"));
        Assert.IsNull(new CubinCache(place).Find("b"));
        CollectionAssert.AreEqual(new[] { "a.cubin" }, Directory.GetFiles(place).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    [DataRow(0, DisplayName = "empty")]
    [DataRow(32, DisplayName = "only the hash")]
    [DataRow(36, DisplayName = "cut")]
    [DataRow(-1, DisplayName = "a bit of the code")]
    [DataRow(-2, DisplayName = "a bit of the hash")]
    public void Find_ADamagedFile_GivesNothing_AndIsReplaced(int damage)
    {
        using TemporaryFolder folder = new();
        CubinCache cache = new(folder.Path);
        cache.Store("a", Code);
        string path = Path.Combine(folder.Path, "a.cubin");
        byte[] bytes = File.ReadAllBytes(path);
        if (damage < 0)
        {
            bytes[damage == -1 ? 33 : 3] ^= 4;
        }

        File.WriteAllBytes(path, damage < 0 ? bytes : bytes[..damage]);
        Assert.IsNull(cache.Find("a"));
        cache.Store("a", Code);
        CollectionAssert.AreEqual(Code, cache.Find("a"));
    }

    [TestMethod]
    public void Store_WhereNothingCanBeWritten_IsNoFailure()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "file");
        File.WriteAllText(file, "in the way");
        CubinCache cache = new(file);
        cache.Store("a", Code);
        Assert.IsNull(cache.Find("a"));
        Assert.AreEqual("in the way", File.ReadAllText(file));
        new CubinCache(null).Store("a", Code);
        Assert.IsNull(new CubinCache(null).Find("a"));
    }

    [TestMethod]
    public void KeyOf_TextArchitectureAndVersion_EachTellKernelsApart()
    {
        string[] keys =
        [
            CubinCache.KeyOf("text", "sm_90", "13.0"), CubinCache.KeyOf("text ", "sm_90", "13.0"),
            CubinCache.KeyOf("text", "sm_80", "13.0"),
            CubinCache.KeyOf("text", "sm_90", "12.9"),
        ];
        Assert.HasCount(4, keys.Distinct());
        Assert.AreEqual(keys[0], CubinCache.KeyOf("text", "sm_90", "13.0"));
        Assert.IsTrue(keys.All(key => key.All(char.IsAsciiHexDigitLower)));
    }
}
