using ALoRA.Onnx.Adapters;
using CsCheck;

namespace ALoRA.Onnx.Tests.Adapters;

[TestClass]
public sealed class AdapterFileTests
{
    [TestMethod]
    public void Parse_FileOfGooglesBuilder_FindsEveryTensor()
    {
        byte[] bytes = AdapterBytes.Build(("a.weight", [2, 3], [1, 2, 3, 4, 5, 6]), ("größe", [], [7]));
        IReadOnlyList<AdapterParameter> parameters = AdapterFile.Parse("x", bytes);
        Assert.HasCount(2, parameters);
        Assert.AreEqual("a.weight", parameters[0].Name);
        CollectionAssert.AreEqual(new long[] { 2, 3 }, parameters[0].Shape);
        CollectionAssert.AreEqual(
            AdapterBytes.ToBytes([1, 2, 3, 4, 5, 6]), bytes[parameters[0].Offset..(parameters[0].Offset + parameters[0].Length)]);
        Assert.AreEqual("größe", parameters[1].Name);
        Assert.AreEqual(4, parameters[1].Length);
    }

    [TestMethod]
    public void Parse_NoParameters_IsEmpty()
    {
        Assert.IsEmpty(AdapterFile.Parse("x", AdapterBytes.Build()));
    }

    [TestMethod]
    public void Parse_OtherIdentifier_IsNoAdapterFile()
    {
        AssertRefused(AdapterBytes.Build(1, "ABCD"), "identifier");
        AssertRefused([], "identifier");
        AssertRefused("TORT"u8.ToArray(), "identifier");
    }

    [TestMethod]
    public void Parse_OtherFormatVersion_IsRefused()
    {
        AssertRefused(AdapterBytes.Build(2, "TORT"), "format version is 2");
    }

    [TestMethod]
    public void Parse_SameNameTwice_IsRefused()
    {
        AssertRefused(AdapterBytes.Build(("a", [1], [1]), ("a", [1], [1])), "'a' occurs twice");
    }

    [TestMethod]
    public void Parse_BytesThatDoNotFitTheShape_AreRefused()
    {
        AssertRefused(AdapterBytes.Build("a", [2, 2], AdapterBytes.Float, new byte[12]), "needs 16");
        AssertRefused(AdapterBytes.Build("a", [-1], AdapterBytes.Float, []), "impossible shape");
        AssertRefused(AdapterBytes.Build("a", [1L << 40, 1L << 40], AdapterBytes.Float, []), "impossible shape");
        AssertRefused(AdapterBytes.Build("a", [1], 6, new byte[4]), "data type 6");
        AssertRefused(AdapterBytes.Build("a", [1, 1, 1, 1, 1, 1, 1, 1, 1], AdapterBytes.Float, new byte[4]), "9 dimensions");
    }

    [TestMethod]
    public void Parse_TruncatedAnywhere_IsRefused()
    {
        byte[] bytes = AdapterBytes.Build(("a.weight", [2, 3], [1, 2, 3, 4, 5, 6]));
        for (int length = 0; length < bytes.Length; length++)
        {
            byte[] cut = bytes[..length];
            try
            {
                AdapterFile.Parse("x", cut);
            }
            catch (ModelFormatException)
            {
                continue;
            }

            // The builder lays the root table first and the data last, with at most padding behind it.
            Assert.IsGreaterThan(bytes.Length - 8, length);
        }
    }

    [TestMethod]
    public void Parse_AnyChangedBytes_GivesTensorsInsideOrRefuses()
    {
        byte[] original = AdapterBytes.Build(("a.weight", [2, 3], [1, 2, 3, 4, 5, 6]), ("b", [4], [1, 2, 3, 4]));
        Gen.Select(Gen.Int[0, original.Length - 1], Gen.Byte).Array[1, 6].Sample(
            changes =>
            {
                byte[] bytes = [.. original];
                foreach ((int at, byte value) in changes)
                {
                    bytes[at] = value;
                }

                try
                {
                    foreach (AdapterParameter parameter in AdapterFile.Parse("x", bytes))
                    {
                        Assert.IsTrue(parameter.Offset >= 0 && parameter.Offset + (long)parameter.Length <= bytes.Length);
                    }
                }
                catch (ModelFormatException)
                {
                    // Refused with a sentence; any other exception fails the test.
                }
            },
            iter: 20_000);
    }

    [TestMethod]
    public void Parse_HugeVectorLength_AllocatesNothingForIt()
    {
        byte[] bytes = AdapterBytes.Build(("a", [1], [1]));
        for (int at = 8; at + 4 <= bytes.Length; at += 4)
        {
            byte[] changed = [.. bytes];
            BitConverter.TryWriteBytes(changed.AsSpan(at), 0x7FFF_FFF0);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                AdapterFile.Parse("x", changed);
            }
            catch (ModelFormatException)
            {
                // Expected for most places.
            }

            Assert.IsLessThan(100_000, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static void AssertRefused(byte[] bytes, string reason)
    {
        ModelFormatException exception = Assert.ThrowsExactly<ModelFormatException>(
            () => AdapterFile.Parse("folder/x.onnx_adapter", bytes));
        Assert.Contains(reason, exception.Message);
        Assert.Contains("folder/x.onnx_adapter", exception.Message);
    }
}
