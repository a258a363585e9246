using System.Text;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Text.Tests.Templating;

[TestClass]
public sealed class ChatTemplateTests
{
    private const string Chat =
        "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}{% endfor %}{{ '<assistant>' "
        + "if add_generation_prompt }}";

    [TestMethod]
    public void Load_FolderWithJinjaFile_PrefersItAndReadsSpecialTokens()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["chat_template.jinja"], Chat, Encoding.UTF8);
        File.WriteAllText(folder["tokenizer_config.json"], """
            {"chat_template": "other", "bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false}, "pad_token": null,
                "bos_token": "<S>",
             "additional_special_tokens": ["<a>", {"content": "<b>"}]}
            """);
        ChatTemplate template = ChatTemplate.Load(folder.Path);
        Assert.AreEqual("<S><user>Hi</s><assistant>", template.Render([new PromptMessage("user", "Hi")]));
        Assert.AreEqual("<S><user>Hi</s>", template.Render([new PromptMessage("user", "Hi")], addGenerationPrompt: false));
        CollectionAssert.AreEqual((string[])["<a>", "<b>"], template.AdditionalSpecialTokens.ToArray());
        Assert.IsFalse(template.SpecialTokens.ContainsKey("pad_token"));
        Assert.AreEqual(folder["chat_template.jinja"], template.Source);
    }

    [TestMethod]
    public void Load_ConfigWithNamedTemplates_TakesTheNamedOne()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["tokenizer_config.json"],
            """{"chat_template": [{"name": "default", "template": "D"}, {"name": "tool_use", "template": "T"}]}""");
        Assert.AreEqual("D", ChatTemplate.Load(folder.Path).Render(Array.Empty<PromptMessage>()));
        Assert.AreEqual("T", ChatTemplate.Load(folder.Path, "tool_use").Render(Array.Empty<PromptMessage>()));
        FileNotFoundException e = Assert.ThrowsExactly<FileNotFoundException>(() => ChatTemplate.Load(folder.Path, "rag"));
        StringAssert.Contains(e.Message, "named 'rag'");
    }

    [TestMethod]
    public void Load_ConfigWithTemplateText_TakesIt()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["tokenizer_config.json"], """{"chat_template": "{{ x }}!"}""");
        Assert.AreEqual("1!", ChatTemplate.Load(folder.Path).Render(new JsonObject { ["x"] = 1 }));
    }

    [TestMethod]
    public void TryLoad_NamedTemplate_GivesItsText()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(
            folder["tokenizer_config.json"],
            """{"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "with tools"}]}""");
        Assert.IsTrue(ChatTemplate.TryLoad(folder.Path, "tool_use", out ChatTemplate? template));
        Assert.AreEqual("with tools", template.Text);
        Assert.IsTrue(ChatTemplate.TryLoad(folder.Path, null, out template));
        Assert.AreEqual("plain", template.Text);
        Assert.IsFalse(ChatTemplate.TryLoad(folder.Path, "rag", out _));
    }

    [TestMethod]
    public void TryLoad_FolderWithoutTemplate_GivesFalse()
    {
        using TemporaryFolder folder = new();
        Assert.IsFalse(ChatTemplate.TryLoad(folder.Path, out ChatTemplate? template));
        Assert.IsNull(template);
        File.WriteAllText(folder["tokenizer_config.json"], "{}");
        Assert.IsFalse(ChatTemplate.TryLoad(folder.Path, out _));
        Assert.ThrowsExactly<FileNotFoundException>(() => ChatTemplate.Load(folder.Path));
    }

    [TestMethod]
    [DataRow("[1]", "expected an object")]
    [DataRow("{", "not valid JSON")]
    [DataRow("""{"chat_template": 5}""", "chat_template is neither")]
    [DataRow("""{"chat_template": [{"name": 1}]}""", "chat_template is neither")]
    [DataRow("""{"chat_template": "x", "bos_token": 5}""", "bos_token is neither")]
    [DataRow("""{"chat_template": "x", "additional_special_tokens": 5}""", "additional_special_tokens is no list")]
    public void Load_MalformedConfig_NamesFileAndReason(string config, string reason)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["tokenizer_config.json"], config);
        ModelFormatException e = Assert.ThrowsExactly<ModelFormatException>(() => ChatTemplate.Load(folder.Path));
        StringAssert.StartsWith(e.Message, folder["tokenizer_config.json"]);
        StringAssert.Contains(e.Message, reason);
    }

    [TestMethod]
    public void Load_FileThatIsNotUtf8_IsRefused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["x.jinja"], [0x61, 0xFF]);
        StringAssert.Contains(Assert.ThrowsExactly<ModelFormatException>(() => ChatTemplate.Load(folder["x.jinja"])).Message, "not UTF-8");
        Assert.ThrowsExactly<FileNotFoundException>(() => ChatTemplate.Load(folder["missing"]));
    }

    [TestMethod]
    public void Load_MalformedTemplateFile_NamesFileAndLine()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["x.jinja"], "a\r\nb\r\n{% if %}");
        TemplateException e = Assert.ThrowsExactly<TemplateException>(() => ChatTemplate.Load(folder["x.jinja"]));
        Assert.AreEqual(folder["x.jinja"], e.TemplateSource);
        Assert.AreEqual(3, e.Line);
    }

    [TestMethod]
    public void Render_Variables_AreExactlyThoseGiven() =>
        Assert.AreEqual("FalseFalseTrue",
            Rendered.Text("{{ bos_token is defined }}{{ messages is defined }}{{ tools is none }}", """{"tools": null}"""));

    [TestMethod]
    public void Render_ExtraVariables_WinOverTheOthers() =>
        Assert.AreEqual(
            "None5",
            ChatTemplate.Parse("{{ tools }}{{ x }}").Render(Array.Empty<PromptMessage>(), extraVariables: new JsonObject { ["x"] = 5 }));

    [TestMethod]
    public void Render_JsonNumbersAndEqualKeys_AsPythonReadsThem()
    {
        Assert.AreEqual("1 1.0 100000.0 -7 2",
            Rendered.Text("{{ a }} {{ b }} {{ c }} {{ d }} {{ e.k }}", """{"a": 1, "b": 1.0, "c": 1e5, "d": -7, "e": {"k": 1, "k": 2}}"""));
        Assert.AreEqual("1 2.5 x True", ChatTemplate.Parse("{{ a }} {{ b }} {{ c }} {{ d }}")
            .Render(new JsonObject { ["a"] = 1, ["b"] = 2.5, ["c"] = "x", ["d"] = true }));
        Assert.AreEqual(TemplateErrorKind.Runtime, Rendered.Failure("{{ a }}", """{"a": "\ud800"}""").Kind);
    }

    [TestMethod]
    [DataRow("%Y-%m-%d %H:%M:%S", "2026-01-05 09:04:06")]
    [DataRow("%d %b %Y|%-d %B|%A %a|%j|%y|%I %p|%%|%e|%U %W %V|%q", "05 Jan 2026|5 January|Monday Mon|005|26|09 AM|%| 5|01 01 02|%q")]
    public void Render_StrftimeNow_FormatsTheGivenTimeInEnglish(string format, string expected)
    {
        ChatTemplateOptions options = new() { Now = new DateTimeOffset(2026, 1, 5, 9, 4, 6, TimeSpan.FromHours(2)) };
        Assert.AreEqual(expected, Rendered.Text($"{{{{ strftime_now('{format}') }}}}", options: options));
    }

    [TestMethod]
    public void Render_ManyThreads_GiveTheSameText()
    {
        ChatTemplate template = ChatTemplate.Parse(
            "{% macro f(n) %}{{ n }}{% if n %}{{ f(n - 1) }}{% endif %}{% endmacro %}{% set ns = namespace(i=0) %}{% for x in xs %}{% set "
            + "ns.i = ns.i + x %}{{ f(3) }}{% endfor %}{{ ns.i }}");
        string[] texts = new string[64];
        Parallel.For(0, texts.Length, i => texts[i] = template.Render(new JsonObject { ["xs"] = new JsonArray(1, 2, i) }));
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.AreEqual($"321032103210{3 + i}", texts[i]);
        }
    }
}
