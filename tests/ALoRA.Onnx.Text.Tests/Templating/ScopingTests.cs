namespace ALoRA.Onnx.Text.Tests.Templating;

/// <summary>Jinja decides where a name lives when it compiles; these are the cases where that shows.</summary>
[TestClass]
public sealed class ScopingTests
{
    [TestMethod]
    [DataRow("{% set n = 0 %}{% for x in [1, 2] %}{% set n = n + x %}{{ n }}{% endfor %}={{ n }}", "12=0")]
    [DataRow("{% if true %}{% set a = 5 %}{% endif %}{{ a }}{% for i in [1] %}{% set b = 5 %}{% endfor %}{{ b is defined }}", "5False")]
    [DataRow("{% for i in [1] %}[{{ s }}]{% endfor %}{% set s = 1 %}", "[]")]
    [DataRow("{{ s }}{% for i in [1] %}[{{ s }}]{% endfor %}{% set s = 1 %}{{ s }}", "S[S]1")]
    [DataRow("{% if false %}{% set s = 1 %}{% endif %}{{ s }}", "S")]
    [DataRow("{% macro m() %}{{ s }}{{ x is defined }}{% endmacro %}{% for x in [1] %}{{ m() }}{% endfor %}", "SFalse")]
    [DataRow("{% macro m() %}{{ g }}{% endmacro %}{% set g = 1 %}{{ m() }}{% set g = 2 %}{{ m() }}", "12")]
    [DataRow("{% for x in [1, 2] %}{% for y in [3] %}{% set q = x %}{{ q }}{% endfor %}{{ q is defined }}{% endfor %}", "1False2False")]
    [DataRow("{% for x in [1, 2] %}{{ y }}{% set y = x %}{{ y }}{% endfor %}", "12")]
    [DataRow("{% for x in [1] %}{% set o = loop %}{% for y in [1, 2] %}{{ o.index }}{{ loop.index }}{% endfor %}{% endfor %}", "1112")]
    [DataRow("{% set x %}{% set y = 1 %}{{ y }}{% endset %}{{ x }}{{ y is defined }}", "1False")]
    [DataRow("{% with s = s ~ '!' %}{{ s }}{% endwith %}{{ s }}", "S!S")]
    [DataRow(
        "{% set g = ['a'] | map('upper') %}{% for x in g %}{{ x }}{% endfor %}{% for x in g %}{{ x }}{% else %}gone{% endfor %}", "Agone")]
    public void Render_Scopes_AsInJinja(string template, string expected) =>
        Assert.AreEqual(expected, Rendered.Text(template, """{"s": "S"}"""));
}
