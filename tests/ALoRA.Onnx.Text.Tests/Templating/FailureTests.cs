namespace ALoRA.Onnx.Text.Tests.Templating;

[TestClass]
public sealed class FailureTests
{
    [TestMethod]
    public void Render_RaiseException_CarriesTheTemplatesOwnText()
    {
        TemplateException e = Rendered.Failure("\n{{ raise_exception('Roles must alternate: ' ~ x) }}", """{"x": 1}""");
        Assert.AreEqual(TemplateErrorKind.Raised, e.Kind);
        Assert.AreEqual("Roles must alternate: 1", e.Detail);
        Assert.AreEqual(2, e.Line);
        StringAssert.Contains(e.Message, "<template>, line 2: Roles must alternate: 1");
    }

    [TestMethod]
    [DataRow("a\n{{ x.y }}", 2, "'x' is undefined")]
    [DataRow("{{ d.y.z }}", 1, "'dict object' has no attribute 'y'")]
    [DataRow("{{ 'a' + 1 }}", 1, "can only concatenate str (not \"int\") to str")]
    [DataRow("{{ none + 1 }}", 1, "unsupported operand type(s) for +: 'NoneType' and 'int'")]
    [DataRow("{% for x in none %}{% endfor %}", 1, "'NoneType' object is not iterable")]
    [DataRow("{% for a, b in [[1, 2, 3]] %}{% endfor %}", 1, "too many values to unpack (expected 2)")]
    [DataRow("{{ 'a' in none }}", 1, "argument of type 'NoneType' is not iterable")]
    [DataRow("{{ 'a' < 1 }}", 1, "'<' not supported between instances of 'str' and 'int'")]
    [DataRow("{{ 1 // 0 }}", 1, "integer division or modulo by zero")]
    [DataRow("{{ [1] | map('string') | tojson }}", 1, "Object of type generator is not JSON serializable")]
    [DataRow("{{ {[1]: 2} }}", 1, "unhashable type: 'list'")]
    [DataRow("{{ 5() }}", 1, "'int' object is not callable")]
    [DataRow("{% macro f(a) %}\n{% endmacro %}\n{{ f(1, 2) }}", 3, "macro 'f' takes not more than 1 argument(s)")]
    [DataRow("{% if true %}{{ 1 | weird }}{% endif %}", 1, "No filter named 'weird' found.")]
    [DataRow("{% include 'x' %}", 1, "'include' needs another template")]
    [DataRow("{% set d.x = 1 %}", 1, "cannot assign attribute 'x' on non-namespace object 'd'")]
    public void Render_WrongTypes_NamesLineAndReason(string template, int line, string reason)
    {
        TemplateException e = Rendered.Failure(template, """{"d": {}}""");
        Assert.AreEqual(TemplateErrorKind.Runtime, e.Kind, e.Message);
        Assert.AreEqual(line, e.Line, e.Message);
        StringAssert.StartsWith(e.Detail, reason);
        StringAssert.Contains(e.Message, "Check that the variables");
    }

    [TestMethod]
    [DataRow("{{ xs.append(1) }}", "access to attribute 'append' of 'list' object is unsafe.")]
    [DataRow("{{ d.pop('a') }}", "access to attribute 'pop' of 'dict' object is unsafe.")]
    [DataRow("{{ ''.__class__.__mro__ }}", "access to attribute '__class__' of 'str' object is unsafe.")]
    [DataRow("{{ d['update']({}) }}", "access to attribute 'update' of 'dict' object is unsafe.")]
    public void Render_UnsafeAttribute_IsRefusedWhenUsed(string template, string reason) =>
        Assert.AreEqual(reason, Rendered.Failure(template, """{"xs": [], "d": {}}""").Detail);

    [TestMethod]
    public void Render_UnsafeAttribute_IsUndefinedWhenOnlyPrinted() =>
        Assert.AreEqual("[][]False", Rendered.Text("[{{ ''.__class__ }}][{{ [].append }}]{{ ''.__class__ is defined }}"));

    [TestMethod]
    [DataRow("a\n{% if x %}", 2, "looking for the following tags: 'elif' or 'else' or 'endif'")]
    [DataRow("{% foo %}", 1, "Encountered unknown tag 'foo'.")]
    [DataRow("{% endif %}", 1, "Encountered unknown tag 'endif'.")]
    [DataRow("{{ x | weird }}", 1, "No filter named 'weird'.")]
    [DataRow("{{ x is weird }}", 1, "No test named 'weird'.")]
    [DataRow("{{ 'a }}", 1, "the string is not closed")]
    [DataRow("{{ (1] }}", 1, "unexpected ']', expected ')'")]
    [DataRow("{{ 1 + }}", 1, "unexpected 'end of print statement'")]
    [DataRow("{{ a b }}", 1, "expected '}}', got 'b'")]
    [DataRow("{{ x", 1, "unexpected end of template")]
    [DataRow("{# x", 1, "Missing end of comment tag")]
    [DataRow("{% raw %}x", 1, "Missing end of raw directive")]
    [DataRow("{% break %}", 1, "'break' outside loop")]
    [DataRow("{% for x in [] %}{% macro m() %}{% continue %}{% endmacro %}{% endfor %}", 1, "'continue' outside loop")]
    [DataRow("{% for loop in [] %}{% endfor %}", 1, "Can't assign to special loop variable")]
    [DataRow("{% set 5 = 1 %}", 1, "can't assign")]
    [DataRow("{% macro f(a=1, b) %}{% endmacro %}", 1, "non-default argument follows default argument")]
    [DataRow("{{ f(a=1, 2) }}", 1, "invalid syntax for function call expression")]
    [DataRow("{% block a %}{% endblock %}{% block a %}{% endblock %}", 1, "block 'a' defined twice")]
    public void Parse_MalformedTemplate_NamesLineAndReason(string template, int line, string reason)
    {
        TemplateException e = Assert.ThrowsExactly<TemplateException>(() => ChatTemplate.Parse(template, "some.jinja"), template);
        Assert.AreEqual(TemplateErrorKind.Syntax, e.Kind);
        Assert.AreEqual(line, e.Line, e.Message);
        StringAssert.Contains(e.Detail, reason);
        StringAssert.StartsWith(e.Message, $"some.jinja, line {line}: ");
    }

    [TestMethod]
    [DataRow("{% if false %}{{ x | weird }}{% endif %}ok")]
    [DataRow("{{ 'ok' if true else x | weird }}")]
    public void Parse_UnknownFilterBehindACondition_FailsOnlyWhenReached(string template) => Assert.AreEqual("ok", Rendered.Text(template));
}
