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

    [TestMethod]
    [DataRow("", '9', 4400, "", DisplayName = "11-yaml-long-integer")]
    [DataRow("-", '8', 4500, "", DisplayName = "12-yaml-long-negative")]
    [DataRow("+", '7', 1_000_000, "", DisplayName = "a million digits")]
    [DataRow("0x", 'f', 5000, "", DisplayName = "hexadecimal")]
    [DataRow("0x", 'f', 4200, "", DisplayName = "hexadecimal that only decimal digits make too long")]
    [DataRow("0b", '1', 100_000, "", DisplayName = "binary")]
    [DataRow("0", '7', 5000, "", DisplayName = "octal")]
    [DataRow("", '1', 5000, ":30", DisplayName = "sexagesimal")]
    [DataRow("!!int ", '1', 5000, "", DisplayName = "with its tag")]
    [DataRow("!!float ", '1', 5000, "", DisplayName = "an integer as a float")]
    public void Read_IntegerOfThousandsOfDigits_NamesFileAndLine(string before, char digit, int count, string behind)
    {
        string number = before + new string(digit, count) + behind;
        foreach (string yaml in (string[])[$"a: 1\nb: {number}\n", $"a:\n- {number}\n", $"a: 1\n? {number}\n: 2\n"])
        {
            ModelFormatException e = Assert.ThrowsExactly<ModelFormatException>(() => YamlReader.Read(yaml, "io.yaml"));
            StringAssert.StartsWith(e.Message, "io.yaml, line 2: '");
            StringAssert.Contains(e.Message, "more digits than an integer may have, 4,300");
            Assert.IsLessThan(300, e.Message.Length);
        }
    }

    [TestMethod]
    public void Read_SexagesimalOfManyParts_IsRefusedBeforeItIsComputed() => Assert.ThrowsExactly<ModelFormatException>(
        () => YamlReader.Read("1" + string.Concat(Enumerable.Repeat(":59", 300_000)), "io.yaml"));

    [TestMethod]
    public void Read_LongestInteger_IsReadAndWritten()
    {
        string digits = new('9', 4300);
        Assert.AreEqual(digits, YamlReader.Read(digits, "x") is YamlScalar scalar ? PythonJson.PrintValue(scalar.Value) : "");
    }

    [TestMethod]
    [DataRow("1.", '0', 5000, "", 1.0, DisplayName = "digits behind the point")]
    [DataRow("", '9', 5000, ".5", double.PositiveInfinity, DisplayName = "digits before the point")]
    [DataRow("1.0e+", '9', 5000, "", double.PositiveInfinity, DisplayName = "an exponent")]
    [DataRow("1.0e-", '9', 5000, "", 0.0, DisplayName = "a negative exponent")]
    [DataRow("1:", '5', 1, ".5", 65.5, DisplayName = "sexagesimal")]
    public void Read_LongFloat_IsPythonsFloat(string before, char digit, int count, string behind, double expected) =>
        Assert.AreEqual(expected, ((YamlScalar)YamlReader.Read(before + new string(digit, count) + behind, "x")).Value);
}
