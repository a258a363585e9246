using ALoRA.Onnx.Export.Adapters;

namespace ALoRA.Onnx.Export.Tests.Adapters;

[TestClass]
public sealed class AdapterNameTests
{
    [TestMethod]
    [DataRow("certainty")]
    [DataRow("certainty-lora.v2")]
    [DataRow("common")]
    [DataRow("COM")]
    [DataRow("Gewissheit für alle")]
    public void Check_NameOfAFolder_IsGivenBack(string name) => Assert.AreEqual(name, AdapterName.Check(name, "name"));

    [TestMethod]
    [DataRow("")]
    [DataRow("  ")]
    [DataRow("a/b")]
    [DataRow("a\\b")]
    [DataRow("..")]
    [DataRow(".hidden")]
    [DataRow("dot.")]
    [DataRow("space ")]
    [DataRow(" space")]
    [DataRow("c:")]
    [DataRow("what?")]
    [DataRow("line\nbreak")]
    [DataRow("CON")]
    [DataRow("nul.txt")]
    [DataRow("Com1")]
    [DataRow("lpt9.adapter")]
    [DataRow("COM²")]
    public void Check_NameThatSomeSystemRefuses_Throws(string name)
    {
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => AdapterName.Check(name, "name"));
        Assert.AreEqual("name", error.ParamName);
    }

    [TestMethod]
    public void Check_LongName_Throws() => Assert.ThrowsExactly<ArgumentException>(() => AdapterName.Check(new string('a', 129), "name"));

    [TestMethod]
    public void FromFolder_PathWithSeparatorAtTheEnd_GivesTheLastPart() =>
        Assert.AreEqual("certainty", AdapterName.FromFolder(Path.Combine("adapters", "certainty") + Path.DirectorySeparatorChar, "folder"));
}
