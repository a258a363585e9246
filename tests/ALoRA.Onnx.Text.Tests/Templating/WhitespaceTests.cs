namespace ALoRA.Onnx.Text.Tests.Templating;

[TestClass]
public sealed class WhitespaceTests
{
    [TestMethod]
    [DataRow("x\n   {% if true %}\n  y\n   {% endif %}\nz", "x\n  y\nz")]
    [DataRow("x {% if true %} y {% endif %} z", "x  y  z")]
    [DataRow("a  \n {%- if true -%} \n b \n {%- endif -%}  c", "abc")]
    [DataRow("a\n   {%+ set x = 1 %}\n b{% set y = 2 +%}\n c", "a\n    b\n c")]
    [DataRow("a   {{- 1 -}}   b\n{{ 2 }}\n{{ 3 }}", "a1b\n2\n3")]
    [DataRow("a{# c #}b\n{# line #}\nc {#- d -#} e\n  {# indented #}\nf", "ab\nce\nf")]
    [DataRow("a {%- raw -%}  {{ x }}  {%- endraw -%} b", "a{{ x }}b")]
    [DataRow("a\n", "a")]
    [DataRow("a\n\n\n", "a\n\n")]
    [DataRow("a\r\n{% if true %}\r\nb\r{% endif %}\r\nc", "a\nb\nc")]
    [DataRow("\t \t{% if true %}\tq{% endif %}", "\tq")]
    [DataRow("{{ 1 }}   {% if true %}x{% endif %}", "1   x")]
    [DataRow("{{ '%}' }}{{ '{{' }}{{ {'a': {'b': {}}} }}", "%}{{{'a': {'b': {}}}")]
    public void Render_TrimAndLstripBlocks_AsTransformers(string template, string expected) =>
        Assert.AreEqual(expected, Rendered.Text(template));
}
