namespace ALoRA.Onnx.Architecture.Tests;

[TestClass]
public sealed class LayerOrderTests
{
    private readonly LayerOrder _order = new(["Files Options", "Models", "."]);

    [TestMethod]
    [DataRow("Models", "Files", false)]
    [DataRow(".", "Files", false)]
    [DataRow("Files", "Files", false)]
    [DataRow("Files", "Options", true)]
    [DataRow("Files", "Models", true)]
    [DataRow("Models", ".", true)]
    [DataRow("Elsewhere", "Models", false)]
    public void Forbids_TwoFolders_OnlyDownIsAllowed(string user, string used, bool expected) =>
        Assert.AreEqual(expected, _order.Forbids(user, used));

    [TestMethod]
    [DataRow("Models/Deep/Graph.cs", "Models")]
    [DataRow("Program.cs", ".")]
    public void FolderOf_Path_IsItsFirstPart(string path, string expected) => Assert.AreEqual(expected, LayerOrder.FolderOf(path));

    [TestMethod]
    public void Constructor_FolderInTwoLines_Throws() =>
        Assert.ThrowsExactly<ArgumentException>(() => new LayerOrder(["Files", "Models Files"]));
}
