using System.Text;

namespace ALoRA.Onnx.TestKit;

/// <summary>Pieces of languages for <see cref="Fuzzing"/>.</summary>
public static class FuzzPieces
{
    public static IReadOnlyList<byte[]> None { get; } = [];

    public static IReadOnlyList<byte[]> Json { get; } = Of(
        "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "false", "0", "-1", "1e308", "1e999", "-0.0", "2147483648",
        "9223372036854775808", "0.5",
        "\"\"", "[]", "{}", "\"\\ud800\"", "\"\\u0000\"", "[[[[[[[[", "[0,[1,[2]]]", "\"a\":1,", "1,", "\"(a+)+$\"", "\"[\"",
        "\"\\\\p{L}\"", "NaN");

    public static IReadOnlyList<byte[]> Schema { get; } = Of(
        "{\"not\":{}}", "\"not\":", "\"oneOf\":[{}],", "\"anyOf\":[true,false],", "\"if\":false,", "\"$ref\":\"#\",", "\"$id\":\"x\",",
        "\"items\":{\"$ref\":\"#\"},", "\"contains\":{},", "\"maxContains\":0,", "\"uniqueItems\":true,", "\"multipleOf\":7,",
        "\"minProperties\":9,", "\"pattern\":\"(a|b)*\",", "\"unevaluatedItems\":false,", "\"enum\":[],", "\"type\":\"string\",", "1e99",
        "-1",
        "[", "]", "{", "}", ",", "\"", "true", "null");

    public static IReadOnlyList<byte[]> Template { get; } = Of(
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "(", ")", "[", "]", "{", "}", "'", "\"", "|", ".", ",", ":", "=", "==", "~", "**",
        "*", "//", "%", "\\",
        " not ", " in ", " is ", " if ", " else ", " for ", "endfor", "endif", "0", "1e5", "none", "loop", "x", "\n", "😀", "\0",
        "{% raw %}", "{% break %}",
        "{% set x %}", "| list", "| tojson", ".items()", "[::-1]", "range(9)", "{% macro a(b) %}", "* 999999999", "'a' * 99999999",
        "range(999999999)");

    public static IReadOnlyList<byte[]> Yaml { get; } = Of(
        "{", "}", "[", "]", ":", ": ", "- ", ",", "&a ", "*a", "*p", "<<: ", "!!str ", "!", "|", ">", "'", "\"", "%", "@", "`", "#", "?",
        "~", "null", "\n", "\n  ", "\t", "---\n", "...\n", "1e999", "0x1F", "[[[[[[[[", "type: ", "- type: nest\n", "transformations: ~\n");

    private static IReadOnlyList<byte[]> Of(params string[] pieces) => [.. pieces.Select(Encoding.UTF8.GetBytes)];
}
