using System.Globalization;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Text.Tests.Templating;
using CsCheck;

namespace ALoRA.Onnx.Text.Tests.Python;

[TestClass]
public sealed class PrintingTests
{
    [TestMethod]
    [DataRow(1.0, "1.0")]
    [DataRow(0.1, "0.1")]
    [DataRow(-0.0, "-0.0")]
    [DataRow(100.0, "100.0")]
    [DataRow(1e15, "1000000000000000.0")]
    [DataRow(1e16, "1e+16")]
    [DataRow(123456789012345680.0, "1.2345678901234568e+17")]
    [DataRow(0.0001, "0.0001")]
    [DataRow(0.00001, "1e-05")]
    [DataRow(5e-324, "5e-324")]
    [DataRow(1.7976931348623157e308, "1.7976931348623157e+308")]
    [DataRow(double.NaN, "nan")]
    [DataRow(double.NegativeInfinity, "-inf")]
    public void Shortest_Float_AsPythonPrintsIt(double value, string expected) => Assert.AreEqual(expected, FloatPrinter.Shortest(value));

    [TestMethod]
    public void Shortest_AnyFiniteFloat_ReadsBackTheSame() => Gen.Double.Where(double.IsFinite).Sample(value =>
        BitConverter.DoubleToInt64Bits(double.Parse(FloatPrinter.Shortest(value), CultureInfo.InvariantCulture))
            == BitConverter.DoubleToInt64Bits(
            value));

    [TestMethod]
    [DataRow(0.5, 0, "0")]
    [DataRow(1.5, 0, "2")]
    [DataRow(2.25, 1, "2.2")]
    [DataRow(2.675, 2, "2.67")]
    [DataRow(-0.001, 2, "-0.00")]
    [DataRow(1e22, 1, "10000000000000000000000.0")]
    [DataRow(5e-324, 3, "0.000")]
    public void Fixed_Decimals_RoundsTheExactValueHalfToEven(double value, int decimals, string expected) =>
        Assert.AreEqual(expected, Rounding.Fixed(value, decimals));

    [TestMethod]
    public void Fixed_NumbersThatDecimalHoldsExactly_AgreesWithDecimal() =>
        Gen.Select(Gen.Int[-1_000_000, 1_000_000], Gen.Int[0, 4]).Sample((eighths, decimals) =>
            decimal.Parse(Rounding.Fixed(eighths / 8.0, decimals), CultureInfo.InvariantCulture) == Math.Round(
                eighths / 8m, decimals, MidpointRounding.ToEven));

    [TestMethod]
    public void Represent_Texts_QuotesAndEscapesAsPython()
    {
        Assert.AreEqual("'a'", TextPrinter.Quote("a"));
        Assert.AreEqual("\"it's\"", TextPrinter.Quote("it's"));
        Assert.AreEqual("'\\'\"'", TextPrinter.Quote("'\""));
        Assert.AreEqual(
            @"'\\\n\r\t\x00\x7f\xa0\xad\u200b\u2028é😀\U000e0001'",
            TextPrinter.Quote("\\\n\r\t\0\u007f\u00a0\u00ad\u200b\u2028é😀\U000E0001"));
    }

    [TestMethod]
    public void Render_Containers_PrintAsPythonLiterals()
    {
        string variables =
            """{"v": {"a": [1, 2.0, null, true, "x'y"], "b": {}, "c": [], "big": 123456789012345678901234567890, "e": 1e5}}""";
        Assert.AreEqual(
            "{'a': [1, 2.0, None, True, \"x'y\"], 'b': {}, 'c': [], 'big': 123456789012345678901234567890, 'e': 100000.0}",
            Rendered.Text("{{ v }}", variables));
        Assert.AreEqual(
            "(1,)(1, 2)()range(0, 3)dict_items([('a', 1)])",
            Rendered.Text("{{ (1,) }}{{ (1, 2) }}{{ () }}{{ range(3) }}{{ {'a': 1}.items() }}"));
    }

    [TestMethod]
    [DataRow("{{ v | tojson }}", """{"b": 1, "a": [1.0, null, "é\"\n"], "e": {}}""")]
    [DataRow("{{ v | tojson(indent=2) }}", "{\n  \"b\": 1,\n  \"a\": [\n    1.0,\n    null,\n    \"é\\\"\\n\"\n  ],\n  \"e\": {}\n}")]
    [DataRow(
        "{{ v | tojson(ensure_ascii=true, separators=(',', ':'), sort_keys=true) }}", """{"a":[1.0,null,"\u00e9\"\n"],"b":1,"e":{}}""")]
    [DataRow("{{ {1: 2, none: 3, 1.5: true} | tojson }}", """{"1": 2, "null": 3, "1.5": true}""")]
    [DataRow("{{ '<&>\u2028' | tojson }}", "\"<&>\u2028\"")]
    public void Render_ToJson_AsJsonDumps(string template, string expected) =>
        Assert.AreEqual(expected, Rendered.Text(template, """{"v": {"b": 1, "a": [1.0, null, "é\"\n"], "e": {}}}"""));
}
