namespace ALoRA.Onnx.Architecture.Tests;

[TestClass]
public sealed class KnownEdgesTests
{
    private static readonly Reference[] Found = [new("a/A.cs", "b/B.cs", 7, "B"), new("a/A.cs", "c/C.cs", 9, "C")];

    [TestMethod]
    public void Compare_AllKnown_NothingToTell() =>
        Assert.IsEmpty(KnownEdges.Compare(Found, KnownEdges.Parse("# wrong today\n\na/A.cs -> b/B.cs\r\na/A.cs -> c/C.cs\n")));

    [TestMethod]
    public void Compare_NewEdge_NamedWithLineAndName() => CollectionAssert.AreEqual(
        new[] { "a/A.cs -> c/C.cs (line 9: C)" }, KnownEdges.Compare(Found, KnownEdges.Parse("a/A.cs -> b/B.cs")).ToArray());

    [TestMethod]
    public void Compare_KnownEdgeThatIsGone_Named() => CollectionAssert.AreEqual(
        new[] { "a/A.cs -> c/C.cs (gone: delete it from KnownBackEdges.txt)" },
        KnownEdges.Compare(Found[..1], KnownEdges.Parse("a/A.cs -> b/B.cs\na/A.cs -> c/C.cs")).ToArray());
}
