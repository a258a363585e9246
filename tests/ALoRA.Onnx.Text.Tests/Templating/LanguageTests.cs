namespace ALoRA.Onnx.Text.Tests.Templating;

[TestClass]
public sealed class LanguageTests
{
    private const string Variables = """
        {"s": "Hello 😀", "xs": [3, 1, 2], "d": {"b": 1, "a": [1, {"x": null}]}, "n": null, "t": true,
         "ps": [{"name": "b", "age": 30}, {"name": "a", "age": 25}, {"name": "C", "age": 30}]}
        """;

    [TestMethod]
    [DataRow("{{ 1 + 2 * 3 - 4 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ -2 ** 2 }} {{ 2 ** 3 ** 2 }}",
        "3 3 -4 2 3.5 1024 4 64")]
    [DataRow("{{ 9223372036854775807 + 1 }} {{ 2 ** 100 }} {{ -9223372036854775808 // -1 }}",
        "9223372036854775808 1267650600228229401496703205376 9223372036854775808")]
    [DataRow("{{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 1e308 * 10 }} {{ true + true }} {{ 3 == 3.0 == true }}", "3.0 0.5 inf 2 False")]
    [DataRow("{{ 1 < 2 < 3 }} {{ 1 < 3 > 2 }} {{ [1, 2] < [1, 3] }} {{ 'a' < 'B' }} {{ 1 in [1.0] }} {{ 'k' not in {'k': 1} }}",
        "True True True False True False")]
    [DataRow("{{ '' or 'x' }} {{ 0 and 1 }} {{ none or [] }} {{ not '' }} {{ 1 if n else 2 if t else 3 }}[{{ 'a' if n }}]",
        "x 0 [] True 2[]")]
    [DataRow("{{ 1 ~ 'a' ~ none ~ true ~ 1.0 ~ [1] }} {{ 'a' 'b' }} {{ '-' * 3 }} {{ [0] * 2 }} {{ (1,) + (2,) }}",
        "1aNoneTrue1.0[1] ab --- [0, 0] (1, 2)")]
    [DataRow("{{ xs[1:] }} {{ xs[::-1] }} {{ xs[-2:] }} {{ xs[10:] }} {{ s[-1] }} {{ s[::2] }} {{ s | length }} {{ (1, 2, 3)[:2] }}",
        "[1, 2] [2, 1, 3] [1, 2] [] 😀 Hlo😀 7 (1, 2)")]
    [DataRow("{{ xs.0 }} {{ d.b }} {{ d['a'][1].x }} {{ d.zz }}|{{ xs[9] is defined }} {{ n.x is defined }}", "3 1 None |False False")]
    [DataRow("{{ -5 | abs }} {{ 'a' ~ 'b' | upper }} {{ 'x' | upper | lower }} {{ 1 + '2' | int }} {{ not 'x' | length == 0 }}",
        "5 aB x 3 True")]
    [DataRow("{{ 0x1F }} {{ 0b11 }} {{ 0o17 }} {{ 1_000 }} {{ 1.5e3 }} {{ 'a\\n\\x41\\u00e9' }}", "31 3 15 1000 1500.0 a\nAé")]
    [DataRow(
        "{{ x is defined }} {{ n is none }} {{ 1 is odd }} {{ 'a' is string }} {{ d is mapping }} {{ 6 is divisibleby 3 "
        + "}} {{ xs is not string }}",
        "False True True True True True True")]
    [DataRow("{{ 1 is number and true is number and true is not integer and 1.0 is float }} {{ x is iterable }} {{ n is iterable }}",
        "True True False")]
    public void Render_Expressions_AsInPython(string template, string expected) =>
        Assert.AreEqual(expected, Rendered.Text(template, Variables));

    [TestMethod]
    [DataRow("{% for x in xs %}{{ loop.index }}/{{ loop.length }}:{{ x }}{{ ', ' if not loop.last }}{% endfor %}", "1/3:3, 2/3:1, 3/3:2")]
    [DataRow("{% for x in xs if x > 1 %}{{ loop.index0 }}{{ x }}{{ loop.nextitem }} {% else %}none{% endfor %}", "032 12 ")]
    [DataRow("{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "b=1;a=[1, {'x': None}];")]
    [DataRow("{% for x in xs %}{% if x == 1 %}{% continue %}{% elif loop.last %}{% break %}{% endif %}{{ x }}{% endfor %}", "3")]
    [DataRow("{% for x in xs %}{% break %}{% else %}else{% endfor %}", "else")]
    [DataRow(
        "{% for x in [[1, [2]], [3]] recursive %}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}@{{ loop.depth "
        + "}}{% endif %}{% endfor %}",
        "(1@2(2@3))(3@2)")]
    [DataRow("{% for x in [1, 1, 2] %}{{ loop.changed(x) }}{{ loop.cycle('a', 'b') }} {% endfor %}", "Truea Falseb Truea ")]
    [DataRow("{% macro f(a, b=a ~ '!', c=3) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(1) }} {{ f('x', c='z') }} {{ f(b=9, a=0) }}",
        "11!3 xx!z 093")]
    [DataRow("{% macro f(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, x=3) }}", "1(2,){'x': 3}")]
    [DataRow("{% macro box(t) %}<{{ t }}>{{ caller(1, 2) }}{% endmacro %}{% call(p, q) box('b') %}{{ p }}{{ q }}{{ n }}{% endcall %}",
        "<b>12None")]
    [DataRow("{% set a, b = 1, 'z' %}{% set c | upper %}abc{{ a }}{% endset %}{{ a }}{{ b }}{{ c }}", "1zABC1")]
    [DataRow("{% set ns = namespace(i=0) %}{% for x in xs %}{% set ns.i = ns.i + x %}{% endfor %}{{ ns.i }}{{ ns.zz is defined }}",
        "6False")]
    [DataRow("{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}{% filter upper %}x{{ s }}{% endfilter %}",
        "3FalseXHELLO 😀")]
    [DataRow("{% for m in ps %}{% generation %}{{ m.name }}{% set q = 1 %}{% endgeneration %}{% endfor %}{{ q is defined }}", "baCFalse")]
    [DataRow("{% block a %}[{{ s }}]{% endblock %}{% if false %}{% include 'x' %}{% endif %}{{ self.a() }}", "[Hello 😀][Hello 😀]")]
    [DataRow("{% raw %}{{ x }}{% if %}{% endraw %}{# comment {{ x }} #}|", "{{ x }}{% if %}|")]
    [DataRow(
        "{% set j = joiner('-') %}{% for x in xs %}{{ j() }}{{ x }}{% endfor %}{% set c = cycler(1, 2) %}{{ c.next() }}{{ "
        + "c.next() }}{{ c.next() }}",
        "3-1-2121")]
    public void Render_Statements_AsInJinja(string template, string expected) =>
        Assert.AreEqual(expected, Rendered.Text(template, Variables));

    [TestMethod]
    [DataRow("{{ ps | map(attribute='name') | list }} {{ ps | selectattr('age', 'gt', 26) | map(attribute='name') | join(',') }}",
        "['b', 'a', 'C'] b,C")]
    [DataRow("{{ ps | sort(attribute='age,name') | map(attribute='name') | join }} {{ xs | sort(reverse=true) }} {{ ['b', 'A'] | sort }}",
        "abC [3, 2, 1] ['A', 'b']")]
    [DataRow("{% for g in ps | groupby('age') %}{{ g.grouper }}:{{ g.list | length }} {% endfor %}{{ xs | batch(2, 'x') | list }}",
        "25:1 30:2 [[3, 1], [2, 'x']]")]
    [DataRow(
        "{{ xs | first }}{{ xs | last }}{{ xs | sum }}{{ xs | max }}{{ [] | max is defined }} {{ [1, 2, 1] | unique | "
        + "list }} {{ 'abc' | reverse }}",
        "3263False [1, 2] cba")]
    [DataRow(
        "{{ 2.5 | round }} {{ 3.5 | round }} {{ 2.675 | round(2) }} {{ 1234 | round(-2) }} {{ 2.1 | round(method='ceil') }} {{ '4.7' | "
        + "int }} {{ 'x' | int(9) }}",
        "2.0 4.0 2.67 1200 3.0 4 9")]
    [DataRow(
        "{{ 'a b' | title }} {{ ' x ' | trim }} {{ 'aba' | replace('a', 'c', 1) }} {{ 'a\nb' | indent(2) }} {{ n | default('d') }} {{ "
        + "n | default('d', true) }}",
        "A B x cba a\n  b None d")]
    [DataRow(
        "{{ {'b': 1, 'A': 2} | dictsort }} {{ {'a': 1} | items | list }} {{ 'x<' | e }} {{ 'a b/é' | urlencode }} "
        + "{{ 1500 | filesizeformat }}",
        "[('A', 2), ('b', 1)] [('a', 1)] x&lt; a%20b/%C3%A9 1.5 kB")]
    [DataRow("{{ '<|a|>' + ('{\"k\": 1}' | safe) }}", "&lt;|a|&gt;{\"k\": 1}")]
    [DataRow(
        "{{ 'a,b,c'.split(',', 1) }} {{ ' a  b '.split() }} {{ 'a.b.c'.rsplit('.', 1) }} {{ 'k=v'.partition('=') }} "
        + "{{ 'a\r\nb'.splitlines() }}",
        "['a', 'b,c'] ['a', 'b'] ['a.b', 'c'] ('k', '=', 'v') ['a', 'b']")]
    [DataRow(
        "{{ 'xxaxx'.strip('x') }} {{ s.find('😀') }} {{ 'abc'.startswith(('x', 'a')) }} {{ 'ab'.removeprefix('a') }} {{ "
        + "'7'.zfill(3) }} {{ 'a'.center(4) }}|",
        "a 6 True b 007  a  |")]
    [DataRow(
        "{{ 'straße'.upper() }} {{ 'ΑΣ'.lower() }} {{ 'hELLO wORLD'.title() }} {{ 'ﬁx'.capitalize() }} {{ "
        + "'½'.isnumeric() }} {{ '²'.isdecimal() }}",
        "STRASSE ας Hello World Fix True False")]
    [DataRow(
        "{{ '%s is %05.1f|%-4d|%x' % ('a', 2.25, 7, 255) }} {{ '{0:>4}|{b:,.2f}|{:+d}'.format('q', b=1234.5) if false else "
        + "'{:>4}|{b:,.2f}'.format('q', b=1234.5) }}",
        "a is 002.2|7   |ff    q|1,234.50")]
    [DataRow("{{ d.get('q', 5) }} {{ d.keys() | list }} {{ d.items() | length }} {{ dict(a=1, **{'b': 2}) }} {{ range(1, 6, 2) | list }}",
        "5 ['b', 'a'] 2 {'a': 1, 'b': 2} [1, 3, 5]")]
    public void Render_FiltersAndMethods_AsInPython(string template, string expected) =>
        Assert.AreEqual(expected, Rendered.Text(template, Variables));
}
