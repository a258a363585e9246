using ALoRA.Onnx.Intrinsics.Definitions.Yaml;

namespace ALoRA.Onnx.Tests.Intrinsics.Definitions;

/// <summary>Scalars as PyYAML's <c>safe_load</c> types them.</summary>
[TestClass]
public sealed class YamlReaderTests
{
    [TestMethod]
    [DataRow("~", null)]
    [DataRow("null", null)]
    [DataRow("yes", true)]
    [DataRow("Off", false)]
    [DataRow("TRUE", true)]
    [DataRow("y", "y")]
    [DataRow("12", 12L)]
    [DataRow("-3", -3L)]
    [DataRow("1_000", 1000L)]
    [DataRow("010", 8L)]
    [DataRow("0o7", "0o7")]
    [DataRow("08", "08")]
    [DataRow("0x1F", 31L)]
    [DataRow("0b101", 5L)]
    [DataRow("1:30", 90L)]
    [DataRow("1.5", 1.5)]
    [DataRow("1.", 1.0)]
    [DataRow(".5", 0.5)]
    [DataRow("1e3", "1e3")]
    [DataRow("1.0e3", "1.0e3")]
    [DataRow("1.0e+3", 1000.0)]
    [DataRow("-.inf", double.NegativeInfinity)]
    [DataRow("'1'", "1")]
    [DataRow("\"yes\"", "yes")]
    [DataRow("!!str 5", "5")]
    [DataRow("! 5", "5")]
    [DataRow("!!int \"5\"", 5L)]
    [DataRow("!!float 1", 1.0)]
    [DataRow("<certainty>", "<certainty>")]
    public void Read_Scalar_HasPyYamlsType(string yaml, object? expected) =>
        Assert.AreEqual(expected, ((YamlScalar)YamlReader.Read(yaml, "x")).Value);

    [TestMethod]
    public void Read_MergeKey_FillsInWhatIsMissing()
    {
        YamlMapping root = (YamlMapping)YamlReader.Read("base: &b {x: 1, y: 2}\nmine:\n  <<: *b\n  y: 3\n", "x");
        YamlMapping mine = (YamlMapping)root.Entries[1].Value;
        CollectionAssert.AreEqual(new object?[] { "x", "y" }, mine.Entries.Select(entry => ((YamlScalar)entry.Key).Value).ToArray());
        CollectionAssert.AreEqual(new object?[] { 1L, 3L }, mine.Entries.Select(entry => ((YamlScalar)entry.Value).Value).ToArray());
    }

    [TestMethod]
    public void Read_WindowsLineEnds_AreLineFeedsInBlocks() =>
        Assert.AreEqual("a\nb\n", ((YamlScalar)((YamlMapping)YamlReader.Read("x: |\r\n  a\r\n  b\r\n", "x")).Entries[0].Value).Value);
}
