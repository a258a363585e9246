namespace ALoRA.Onnx.Text.Tests.Templating;

/// <summary>Where output is escaped, what counts as safe, and what a namespace gives back; the texts are those of Jinja2 3.1.6.</summary>
[TestClass]
public sealed class AutoescapeTests
{
    [TestMethod]
    [DataRow(
        "{% macro tag(n) %}<{{ n }}>{% endmacro %}{% autoescape true %}{{ tag('b') }}{{ '<i>' }}{% endautoescape %}",
        "<b>&lt;i&gt;",
        DisplayName = "01-macro-before-autoescape")]
    [DataRow(
        "{% autoescape true %}{% macro li(x) %}<li>{{ x }}</li>{% e"
        + "ndmacro %}{{ li('a<b') }}{{ li('c&d') }}{% endautoescape %}",
        "<li>a&lt;b</li><li>c&amp;d</li>",
        DisplayName = "02-macro-within-autoescape")]
    [DataRow(
        "{% macro box() %}<div>{{ caller() }}</div>{% endmacro %}{% autoescape "
        + "true %}{% call box() %}a & {{ '<x>' }}{% endcall %}{% endautoescape %}",
        "<div>a & &lt;x&gt;</div>",
        DisplayName = "03-call-block")]
    [DataRow(
        "{% macro tag(n) %}<{{ n }}>{% endmacro %}{% autoescape true %}{{ tag('<b>') }}{{ '<i>' }}{% endautoescape %}",
        "<<b>>&lt;i&gt;")]
    [DataRow(
        "{% set h = namespace() %}{% autoescape true %}{% macro li(x) %}<li>{{ x }}</li>{% "
        + "endmacro %}{% set h.f = li %}{% endautoescape %}{{ h.f('a<b') }}|{{ h.f('<')|e }}",
        "<li>a&lt;b</li>|&lt;li&gt;&amp;lt;&lt;/li&gt;")]
    [DataRow(
        "{% autoescape true %}{% macro box() %}<div>{{ caller() }}</div>{% endmacro %}{% endautoescape %}",
        "")]
    [DataRow(
        "{% macro box() %}{% autoescape true %}<div>{{ caller() }}</div>{{'<'}}{% "
        + "endautoescape %}{% endmacro %}{% call box() %}a & {{ '<x>' }}{% endcall %}",
        "<div>a & <x></div>&lt;")]
    [DataRow(
        "{% macro box() %}{% autoescape true %}<div>{{ caller() }}</div>{{'<'}}{% endautoescape %}{% e"
        + "ndmacro %}{% autoescape true %}{% call box() %}a & {{ '<x>' }}{% endcall %}{% endautoescape %}",
        "<div>a & &lt;x&gt;</div>&lt;")]
    [DataRow(
        "{% macro box(f) %}{% autoescape false %}<div>{{ caller() }}{{ caller()|e }}</div>{{'<'}}{% endautoesca"
        + "pe %}{% endmacro %}{% autoescape true %}{% call box() %}a & {{ '<x>' }}{% endcall %}{% endautoescape %}",
        "<div>a & &lt;x&gt;a &amp; &amp;lt;x&amp;gt;</div><")]
    [DataRow(
        "{% macro inner() %}<i>{% endmacro %}{% macro outer() %}{{ inner() }}{% "
        + "endmacro %}{% autoescape true %}{{ outer() }}{% endautoescape %}",
        "<i>")]
    [DataRow(
        "{% macro inner(x) %}<i>{{x}}{% endmacro %}{% macro outer() %}{{ inner('<') }}{{'<'}}{% endma"
        + "cro %}{% autoescape true %}{{ outer() }}{{ outer()|e }}{{ outer() ~ '<' }}{% endautoescape %}",
        "<i><<<i><<<i><<&lt;")]
    [DataRow(
        "{% macro m() %}<{% endmacro %}{% autoescape true %}{{ [m(), '<']|join('>') }}{{ "
        + "m()|length }}{{ m() is string }}{{ m()|upper }}{{ m() + '<' }}{% endautoescape %}",
        "<&gt;&lt;1True<<&lt;")]
    [DataRow(
        "{% macro m() %}<{% endmacro %}{% autoescape false %}{{ m()|e }}{% endautoescape %}{{ m()|e }}",
        "&lt;&lt;")]
    [DataRow(
        "{% autoescape true %}{% for x in ['<'] recursive %}{{ x }}<b>{% if loo"
        + "p.depth<2 %}{{ loop(['>']) }}{% endif %}{% endfor %}{% endautoescape %}",
        "&lt;<b>&gt;<b>")]
    [DataRow(
        "{% autoescape true %}{% set x %}<b>{{ '<' }}{% endset %}{{ x }}{% endautoescape %}{{ x }}{{ x|e }}",
        "<b>&lt;")]
    [DataRow(
        "{% set x %}<b>{{ '<' }}{% endset %}{% autoescape true %}{{ x }}{% endautoescape %}",
        "&lt;b&gt;&lt;")]
    [DataRow(
        "{% autoescape true %}{% filter upper %}<b>{{ '<' }}{% endfilter %}{% endautoescape %}",
        "<B>&LT;")]
    [DataRow(
        "{% block b %}<{{'<'}}{% endblock %}{% autoescape true %}{{ self.b() }}{% endautoescape %}",
        "<<<<")]
    [DataRow(
        "{% autoescape true %}{% block b %}<{{'<'}}{% endblock %}{{ "
        + "self.b() }}{% endautoescape %}{{ self.b() }}{{ self.b()|e }}",
        "<<<<<<&lt;&lt;")]
    [DataRow(
        "{% macro m(a) %}{{a}}{% endmacro %}{% autoescape true %}{{ m('<b>') }}{{ m('<b>'|safe) }}{% endautoescape %}",
        "<b><b>")]
    [DataRow(
        "{% macro m(a='<') %}{{a}}{{ kwargs }}{{ varargs }}{% endmacro %}{% "
        + "autoescape true %}{{ m() }}{{ m('<',1,z='<') }}{% endautoescape %}",
        "<{}()<{'z': '<'}(1,)")]
    [DataRow(
        "{% macro m2() %}{% for i in '<>' %}{{ caller(i) }}{% endfor %}{% endmacro %}{% autoescape true %}{% "
        + "call(x) m2() %}<{{x}}{% endcall %}{% endautoescape %}{% call(x) m2() %}<{{x}}{% endcall %}",
        "<&lt;<&gt;<<<>")]
    [DataRow(
        "{% macro m(f) %}{{ f() }}{{'<'}}{% endmacro %}{% macro g() %}<{% "
        + "endmacro %}{% autoescape true %}{{ m(g) }}{% endautoescape %}",
        "<<")]
    [DataRow(
        "{% macro m() %}<{{ '<' }}{% endmacro %}{% autoescape true %}{% autoescape "
        + "false %}{{ m() }}{{ m()|e }}{% endautoescape %}{{ m() }}{% endautoescape %}",
        "<<&lt;&lt;<<")]
    [DataRow(
        "{% macro m() %}<{{ '<' }}{% endmacro %}{% autoescape true %}{{ "
        + "['x']|map('upper')|list }}{{ m|string }}{% endautoescape %}",
        "[&#39;X&#39;]&lt;Macro &#39;m&#39;&gt;")]
    [DataRow(
        "{% set e = true %}{% macro m() %}<{{ '<' }}{% endmacro %}{% autoescape e %}{{ m() }}{% endautoescape %}",
        "<<")]
    [DataRow(
        "{% set e = true %}{% autoescape e %}{% macro m() %}<{{ '<' }}{% endmacro %}{% endautoescape %}{{ m is defined }}",
        "False")]
    [DataRow(
        "{% set e=true %}{% autoescape e %}{{ '<'|safe ~ '<' }}{% endautoescape %}",
        "&lt;&lt;")]
    [DataRow(
        "{% autoescape true %}{{ '<'|safe ~ '<' }}{% endautoescape %}",
        "&lt;&lt;")]
    [DataRow(
        "{% macro m() %}{{ '<'|safe ~ '<' }}{% endmacro %}{% autoescape true %}{{ m() }}{% endautoescape %}",
        "<<")]
    [DataRow(
        "{% for x in [1] %}{% autoescape true %}{% break %}{% endautoescape %}{% endfor %}{% set y %}<{% endset %}{{ y|e }}",
        "<")]
    [DataRow(
        "{% for x in [1] %}{% autoescape true %}{% continue %}{% endauto"
        + "escape %}{% endfor %}{% set y %}<{% endset %}{{ y|e }}{{ '<' }}",
        "<<")]
    [DataRow(
        "{% macro m() %}{% autoescape true %}{% if true %}{% endif %}{% enda"
        + "utoescape %}{% endmacro %}{{ m() }}{% set y %}<{% endset %}{{ y|e }}",
        "&lt;")]
    [DataRow(
        "{% autoescape true %}{% set x | upper %}<a>{{ '<' }}{% endset %}{{ x }}{{ x|e }}{% endautoescape %}",
        "<A>&LT;<A>&LT;")]
    [DataRow(
        "{% autoescape true %}{% set x | length %}<a>{{ '<' }}{% en"
        + "dset %}{{ x }}{{ x|e }}{{ x is string }}{% endautoescape %}",
        "77True")]
    [DataRow(
        "{% autoescape true %}{% set x | list %}<a>{% endset %}{{ x }}{% endautoescape %}",
        "['<', 'a', '>']")]
    [DataRow(
        "{% macro m() %}{% set x %}<b>{{ '<' }}{% endset %}{{ x|e }}{{ x }}{% "
        + "endmacro %}{% autoescape true %}{{ m() }}{% endautoescape %}{{ m() }}",
        "<b><<b><&lt;b&gt;&lt;<b><")]
    [DataRow(
        "{% macro m() %}{% set x | upper %}<b>{{ '<' }}{% endset %}{{ x|e }}{{ x }}{% "
        + "endmacro %}{% autoescape true %}{{ m() }}{% endautoescape %}{{ m() }}",
        "<B><<B><&lt;B&gt;&lt;<B><")]
    [DataRow(
        "{% macro m(v) %}{% filter replace('a', v) %}a<b>{{ '<' }}{% endfilter %}{% "
        + "endmacro %}{% autoescape true %}{{ m('<') }}{% endautoescape %}{{ m('<') }}",
        "<<b><<<b><")]
    [DataRow(
        "{% macro m(v) %}{{ [v, '<']|join('<') }}{{ [v|safe]|join }}{% endmac"
        + "ro %}{% autoescape true %}{{ m('<') }}{% endautoescape %}{{ m('<') }}",
        "<<<<<<<<")]
    [DataRow(
        "{% autoescape true %}{% for x in ['<', ['>']] recursive %}{% if x is string %}{{ x }}<b>{% else %}{% autoesca"
        + "pe false %}{{ loop(x) }}{{ loop(x)|e }}{{ '<' }}{% endautoescape %}{% endif %}{% endfor %}{% endautoescape %}",
        "&lt;<b>&gt;<b>&gt;<b><")]
    [DataRow(
        "{% for x in ['<', ['>']] recursive %}{% if x is string %}{{ x }}<b>{% else %}{% autoesca"
        + "pe true %}{{ loop(x) }}{{ loop(x)|e }}{{ '<' }}{% endautoescape %}{% endif %}{% endfor %}",
        "<<b>&gt;&lt;b&gt;&gt;&lt;b&gt;&lt;")]
    [DataRow(
        "{% set h = namespace() %}{% set e = true %}{% autoescape e %}{% macro li(x) %}<li>{{ x }}</li>{% "
        + "endmacro %}{% set h.f = li %}{{ li('<') }}{% endautoescape %}{{ h.f('a<b') }}|{{ h.f('<')|e }}",
        "<li>&lt;</li><li>a<b</li>|&lt;li&gt;&lt;&lt;/li&gt;")]
    [DataRow(
        "{% set h = namespace() %}{% autoescape not false %}{% macro li(x) %}<li>{{ x }}</li>{% end"
        + "macro %}{% set h.f = li %}{{ li('<') }}{% endautoescape %}{{ h.f('a<b') }}|{{ h.f('<')|e }}",
        "<li>&lt;</li><li>a&lt;b</li>|&lt;li&gt;&amp;lt;&lt;/li&gt;")]
    [DataRow(
        "{% autoescape true %}{% block b scoped %}{{ '<' }}{% autoescape true %}{{ "
        + "'<' }}{% endautoescape %}{% endblock %}{{ '<' }}{% endautoescape %}",
        "<&lt;&lt;")]
    [DataRow(
        "{% macro m() %}{% block b %}{{ '<' }}{% endblock %}{% endmacro %}{% autoescape true %}{{ m() }}{% endautoescape %}",
        "<")]
    [DataRow(
        "{% macro a() %}{{ caller('<') }}{% endmacro %}{% macro b() %}{% call(x) a() %}{{ x }}<i>{{ caller() if caller }}{% "
        + "endcall %}{% endmacro %}{% autoescape true %}{% call b() %}<b>{{ '<' }}{% endcall %}{{ b() }}{% endautoescape %}",
        "<<i><<i>")]
    [DataRow(
        "{% autoescape 'x' %}{{ '<' }}{% endautoescape %}{% autoescape '' %}{{ '<' }}{% endautoescape %}{% "
        + "autoescape 0 %}{{ '<' }}{% endautoescape %}{% autoescape none %}{{ '<' }}{% endautoescape %}",
        "&lt;<<<")]
    [DataRow(
        "{% autoescape undefinedthing %}{{ '<' }}{% endautoescape %}",
        "<")]
    [DataRow(
        "{% macro m(x) %}{{ x }}{% endmacro %}{% autoescape true %}{% set y = m('<') %}{% e"
        + "ndautoescape %}{% autoescape true %}{{ m('<')|replace('<', '>') }}{{ (m('<') ~ '<'"
        + ")|length }}{{ m('<') == '<' }}{{ 'a' in m('a') }}{{ m('%s') % '<' }}{{ m('{}').for"
        + "mat('<') }}{{ m('a') * 2 }}{{ m('<a')|trim }}{{ m('<a')|title }}{% endautoescape %}",
        "&gt;5TrueTrue&lt;&lt;aa<a&lt;A")]
    [DataRow(
        "{% macro m() %}[{{ caller(*['<'], **{'y': '>'}) }}]{% endmacro %}{% autoescap"
        + "e true %}{% call(x, y=1) m() %}{{ x }}{{ y }}{% endcall %}{% endautoescape %}",
        "[&lt;&gt;]")]
    [DataRow(
        "{% set a='<' %}{% set b='<' %}{% autoescape true %}{{ a|safe ~ b }}{{ a ~ b }}{{ a|safe ~ '<' }}{% endautoescape %}",
        "<&lt;&lt;&lt;<&lt;")]
    [DataRow(
        "{% set a='<' %}{% set e=true %}{% autoescape e %}{{ a|safe ~ a }}{{ "
        + "a ~ a }}{{ a|safe ~ '<' }}{{ '<'|safe ~ '<' }}{% endautoescape %}",
        "&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;")]
    [DataRow(
        "{% set a='<' %}{% macro m() %}{{ a|safe ~ a }}{% endmacro %}{% autoescape true %}{{ m() }}{% endautoescape %}",
        "<<")]
    [DataRow(
        "{% autoescape true %}{{ '<' ~ '>' }}{{ ('<'|upper|safe) ~ '>' }}{{ "
        + "'<'|safe ~ 1 }}{{ ['<'|safe, '<']|join }}{% endautoescape %}",
        "&lt;&gt;&lt;&gt;&lt;1<&lt;")]
    [DataRow(
        "{% set a = '<' %}{% autoescape true %}{{ (a|safe ~ a) if true else 'x' }}{{ 'a' i"
        + "f a is defined }}{{ (a|e) ~ a }}{{ [a|safe] }}{{ a|safe|list }}{% endautoescape %}",
        "<&lt;a&lt;&lt;[Markup(&#39;&lt;&#39;)][&#39;&lt;&#39;]")]
    [DataRow(
        "{% macro m(a) %}{{ [a, '>'|safe]|join }}{{ a|replace('<'|safe, '<') }}{% "
        + "endmacro %}{% autoescape true %}{{ m('<') }}{% endautoescape %}",
        "&lt;>&lt;")]
    [DataRow(
        "{% macro m(a) %}{{ caller(a)|upper }}{% endmacro %}{% call(x) m('<a')"
        + " %}{% autoescape true %}{{ x }}{% endautoescape %}{{ x }}{% endcall %}",
        "&LT;A<A")]
    public void Render_Autoescape_GivesJinjasText(string template, string expected) => Assert.AreEqual(expected, Rendered.Text(template));

    [TestMethod]
    [DataRow(
        "{% set ns = namespace() %}{% set ns._x = 1 %}[{{ ns._x }}]",
        "[]")]
    [DataRow(
        "{% set ns = namespace() %}{% set ns.__x = 1 %}[{{ ns.__x }}]",
        "[]")]
    [DataRow(
        "{% set ns = namespace(_x=1) %}[{{ ns._x }}]",
        "[]")]
    [DataRow(
        "{% set ns = namespace(_x=1) %}[{{ ns['_x'] }}]",
        "[]")]
    [DataRow(
        "{% set ns = namespace(_x=1) %}[{{ ns }}]",
        "[<Namespace {'_x': 1}>]")]
    [DataRow(
        "{% set ns = namespace({'_x': 2}) %}[{{ ns._x }}]",
        "[]")]
    [DataRow(
        "{% set ns = namespace() %}{% set ns.__class__ = 1 %}[{{ ns.__class__ }}]",
        "[]")]
    [DataRow(
        "{% set ns = namespace() %}{% set ns._Namespace__attrs = {} %}{{ ns.x }}",
        "")]
    [DataRow(
        "{% set ns = namespace() %}{% set ns._x %}abc{% endset %}[{{ ns._x }}]{{ ns }}",
        "[]<Namespace {'_x': 'abc'}>")]
    [DataRow(
        "{% set ns = namespace(x=1) %}{% set ns._y = 1 %}[{{ ns }}]",
        "[<Namespace {'x': 1, '_y': 1}>]")]
    [DataRow(
        "{% set ns = namespace(x=1) %}{% set ns.a, ns._b = 1,2 %}{{ns}}",
        "<Namespace {'x': 1, 'a': 1, '_b': 2}>")]
    [DataRow(
        "{% set ns = namespace(x=1) %}{{ ns|attr('_y') is defined }}{{ ns._z is defined }}",
        "FalseFalse")]
    [DataRow(
        "{% set ns = namespace(_x=1) %}{{ ns._x is defined }}{{ ns._x"
        + "|default('d') }}{{ ns|attr('_x') }}{{ ns['_x'] is defined }}",
        "FalsedFalse")]
    [DataRow(
        "{% set ns = namespace() %}{% set ns._x = (ns._x or 0) + 1 %}{{ ns }}",
        "<Namespace {'_x': 1}>")]
    [DataRow(
        "{% set ns = namespace(_x=1) %}{{ ns.__dict__ }}{{ ns.__class__ }}{{ ns._Namespace__attrs }}",
        "")]
    [DataRow(
        "{% set ns = namespace(_x=[1]) %}{% for i in ns._x %}{{ i }}{% endfor %}",
        "")]
    [DataRow(
        "{% set ns = namespace(_x=1) %}{% if ns._x %}a{% else %}b{% endif %}{{ ns._x == 1 }}",
        "bFalse")]
    [DataRow(
        "{% set ns = namespace(_x=1) %}{{ ns._x ~ 'a' }}{{ ns._x|length }}",
        "a0")]
    [DataRow(
        "{% set ns = namespace(x=1) %}{% set ns.__x__ = 4 %}{{ ns.__x__ }}",
        "")]
    [DataRow(
        "{% set ns = namespace(d={'_x': 1}) %}{{ ns.d._x }}",
        "1")]
    [DataRow(
        "{% set ns = namespace(**{'_a': 1}) %}{{ ns._a is undefined }}{{ ns }}",
        "True<Namespace {'_a': 1}>")]
    [DataRow(
        "{% set ns = namespace([('_a', 1)]) %}{{ ns._a is undefined }}{{ ns }}",
        "True<Namespace {'_a': 1}>")]
    [DataRow(
        "{% set _ns = namespace(a=1) %}{% set _ns.b = 2 %}{{ _ns.a }}{{ _ns.b }}",
        "12")]
    [DataRow(
        "{% set ns = namespace() %}{% set ns.b, _y = 1, 2 %}{{ ns.b }}{{ _y }}",
        "12")]
    public void Render_NamespaceNameWithUnderscore_IsNotReadable(string template, string expected) =>
        Assert.AreEqual(expected, Rendered.Text(template));

    [TestMethod]
    [DataRow("{% set ns = namespace(_x=1) %}{{ ns._x + 1 }}")]
    [DataRow("{% set ns = namespace() %}{% set ns._x = 1 %}{{ ns._x.y }}")]
    public void Render_UseOfAnUnsafeName_IsAnError(string template) => StringAssert.Contains(
        Assert.ThrowsExactly<TemplateException>(() => Rendered.Text(template)).Message,
        "access to attribute '_x' of 'Namespace' object is unsafe");
}
