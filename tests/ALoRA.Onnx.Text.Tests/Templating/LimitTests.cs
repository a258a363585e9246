namespace ALoRA.Onnx.Text.Tests.Templating;

[TestClass]
public sealed class LimitTests
{
    [TestMethod]
    [DataRow("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}")]
    [DataRow("{{ 'a' * 10 ** 9 }}")]
    [DataRow("{{ [0] * 10 ** 9 }}")]
    [DataRow("{{ 'a' | center(10 ** 9) }}")]
    [DataRow("{{ '%1000000000d' % 1 }}")]
    [DataRow("{{ '{:.1000000000f}'.format(1.5) }}")]
    [DataRow("{{ 2 ** (10 ** 9) }}")]
    [DataRow("{{ 3 ** 10000000 % 7 }}")]
    [DataRow("{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}")]
    [DataRow("{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [DataRow("{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}")]
    [DataRow("{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}")]
    [DataRow("{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | pprint }}")]
    [DataRow("{% set ns = namespace(s=(1,)) %}{% for i in range(99) %}{% set ns.s = (ns.s, ns.s) %}{% endfor %}{{ {ns.s: 1} }}")]
    [DataRow("{% set ns = namespace(s=(1,), t=(1,)) %}{% for i in range(99) %}{% set ns.s = (ns.s, ns.s) %}{% set ns.t = (ns.t, ns.t) %}{% "
        + "endfor %}{{ ns.s == ns.t }}")]
    [DataRow("{{ ('a' * 1000000).replace('a', 'b' * 1000000) }}")]
    [DataRow("{{ ('b' * 100000) | join('a' * 1000000) }}")]
    [DataRow("{{ ('a\\n' * 1000000) | indent(1000000) }}")]
    [DataRow("{{ [1] | batch(10 ** 9, 'x') | list }}")]
    [DataRow("{{ [[[1]]] | tojson(indent=100000000) }}")]
    [DataRow("{{ strftime_now('%1000000000d') }}")]
    [DataRow("{% macro m() %}{{ kwargs.x }}{% endmacro %}{% set d = {}.fromkeys(range(10000) | map('string')) %}"
        + "{% for i in range(99999) %}{{ m(**d) }}{% endfor %}")]
    [DataRow("{% set d = {}.fromkeys(range(10000) | map('string')) %}{% for i in range(99999) %}{% set x = dict(**d) %}{% endfor %}")]
    public void Render_ExplosiveTemplate_ReachesALimitInBoundedMemory(string template)
    {
        ChatTemplateOptions options = new() { MaxSteps = 2_000_000, MaxLength = 4_000_000 };
        long before = GC.GetAllocatedBytesForCurrentThread();
        TemplateException e = Rendered.Failure(template, options: options);
        Assert.AreEqual(TemplateErrorKind.Limit, e.Kind, e.Message);
        Assert.IsLessThan(500_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Render_HundredThousandKeywordArguments_TakesThemOneByOne()
    {
        // A search among the others for each would take ten thousand million comparisons, three times over.
        string[] names = [.. Enumerable.Range(0, 100_000).Select(i => $"a{i}")];
        string template = $"{{% macro m({string.Join(", ", names[1..])}) %}}{{{{ a99999 }}}}{{{{ kwargs }}}}{{% endmacro %}}"
            + $"{{{{ m({string.Join(", ", names.Reverse().Select(name => $"{name}=1"))}) }}}}{{{{ m(**d) }}}}";
        string variables = $"{{\"d\": {{{string.Join(", ", names.Select(name => $"\"{name}\": 2"))}}}}}";
        Assert.AreEqual("1{'a0': 1}2{'a0': 2}", Rendered.Text(template, variables));
    }

    [TestMethod]
    public void Render_HugeRange_IsRefusedAsTheSandboxDoes() =>
        StringAssert.Contains(Rendered.Failure("{% for i in range(10 ** 9) %}{% endfor %}").Detail, "Range too big");

    [TestMethod]
    [DataRow("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}")]
    [DataRow("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}")]
    [DataRow("{% block a %}{{ self.a() }}{% endblock %}")]
    [DataRow("{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}")]
    [DataRow("{% set ns = namespace(s=[1]) %}{% for i in range(99000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}")]
    [DataRow("{% set ns = namespace(s=(1,)) %}{% for i in range(99000) %}{% set ns.s = (ns.s,) %}{% endfor %}{{ {}[ns.s] }}")]
    [DataRow(
        "{% set ns = namespace(s=[1]) %}{% for i in range(99000) %}{% set ns.s = ns.s | map('string') %}{% endfor %}{{ ns.s | list }}")]
    public void Render_EndlessRecursion_FailsInsteadOfOverflowingTheStack(string template) => SmallStack.Run(
        () => Assert.AreEqual(TemplateErrorKind.Limit, Rendered.Failure(template).Kind));

    [TestMethod]
    public void Render_RecursionAsDeepAsPythonAllows_Works() => Assert.EndsWith(
        ",0", Rendered.Text("{% macro t(n) %}{{ n }}{% if n > 0 %},{{ t(n - 1) }}{% endif %}{% endmacro %}{{ t(200) }}"));

    [TestMethod]
    [DataRow("{{ ", "(", "1", ")", " }}")]
    [DataRow("{{ ", "[", "", "]", " }}")]
    [DataRow("{{ ", "-", "1", "", " }}")]
    [DataRow("{{ ", "not ", "1", "", " }}")]
    [DataRow("{{ ", "", "x", ".a", " }}")]
    [DataRow("{{ ", "", "x", "|e", " }}")]
    [DataRow("{{ ", "", "1", " + 1", " }}")]
    [DataRow("", "{% if 1 %}", "", "{% endif %}", "")]
    [DataRow("", "{% for x in y %}", "", "{% endfor %}", "")]
    [DataRow("{{ ", "1 if x else ", "1", "", " }}")]
    public void Parse_DeepNesting_FailsInsteadOfOverflowingTheStack(string start, string open, string middle, string close, string end)
    {
        string template = start + string.Concat(Enumerable.Repeat(open, 100_000)) + middle
            + string.Concat(Enumerable.Repeat(close, 100_000)) + end;
        SmallStack.Run(() =>
            Assert.AreEqual(TemplateErrorKind.Syntax, Assert.ThrowsExactly<TemplateException>(() => ChatTemplate.Parse(template)).Kind));
    }

    [TestMethod]
    public void Render_LongInput_IsGrantedTheStepsItWarrants()
    {
        string variables = $$"""{"s": "{{new string('a', 2_000_000)}}"}""";
        Assert.HasCount(2_000_000, Rendered.Text("{{ s.strip() | trim }}", variables, new ChatTemplateOptions { MaxSteps = 1000 }));
        Assert.AreEqual(TemplateErrorKind.Limit,
            Rendered.Failure("{{ 'ab' * 1000000 }}", options: new ChatTemplateOptions { MaxSteps = 1000 }).Kind);
    }
}
