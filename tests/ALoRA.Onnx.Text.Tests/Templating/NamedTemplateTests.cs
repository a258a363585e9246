using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Text.Tests.Templating;

/// <summary>Folders with several templates, and with special tokens in other files than tokenizer_config.json.</summary>
[TestClass]
public sealed class NamedTemplateTests
{
    private const string Both =
        """{"chat_template": [{"name": "default", "template": "D"}, {"name": "tool_use", "template": "T{{ tools | length }}"}]}""";

    [TestMethod]
    [DataRow(null, "D", DisplayName = "no tools")]
    [DataRow("null", "D", DisplayName = "tools are null")]
    [DataRow("[{}, {}]", "T2", DisplayName = "04-tool-use-in-config")]
    [DataRow("[]", "T0", DisplayName = "no tools, but asked for: Transformers takes tool_use")]
    public void Render_ConfigWithToolUse_TakesItWhereToolsAreGiven(string? tools, string expected)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["tokenizer_config.json"], Both);
        JsonObject variables = tools is null ? [] : new JsonObject { ["tools"] = JsonNode.Parse(tools) };
        ChatTemplate template = ChatTemplate.Load(folder.Path);
        Assert.AreEqual(expected, template.Render(variables));
        Assert.AreEqual(expected, template.Render(Array.Empty<PromptMessage>(), extraVariables: variables));
    }

    [TestMethod]
    public void Render_NamedTemplate_StaysTheNamedOne()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["tokenizer_config.json"], Both);
        Assert.AreEqual("D", ChatTemplate.Load(folder.Path, "default").Render(new JsonObject { ["tools"] = new JsonArray() }));
    }

    [TestMethod]
    public void Load_AdditionalFiles_AreFoundByTheirNames()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["chat_template.jinja"], "D");
        Directory.CreateDirectory(folder["additional_chat_templates"]);
        File.WriteAllText(folder["additional_chat_templates/tool_use.jinja"], "T");
        File.WriteAllText(folder["additional_chat_templates/rag.jinja"], "R{{ bos_token }}");
        File.WriteAllText(folder["tokenizer_config.json"], """{"bos_token": "<s>"}""");
        Assert.AreEqual("D", ChatTemplate.Load(folder.Path).Render(new JsonObject()));
        Assert.AreEqual("R<s>", ChatTemplate.Load(folder.Path, "rag").Render(Array.Empty<PromptMessage>()));
        Assert.AreEqual("T", ChatTemplate.Load(folder.Path).Render(new JsonObject { ["tools"] = new JsonArray() }));
        Assert.IsFalse(ChatTemplate.TryLoad(folder.Path, "../chat_template", out _));
    }

    [TestMethod]
    [DataRow("D", true, DisplayName = "a copy of the list's default, as earlier exports made it")]
    [DataRow("other", false, DisplayName = "files stand above the config")]
    public void Load_FileBesideAListInTheConfig_StandsAboveItUnlessItIsItsCopy(string file, bool hasTools)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["tokenizer_config.json"], Both);
        File.WriteAllText(folder["chat_template.jinja"], file);
        ChatTemplate template = ChatTemplate.Load(folder.Path);
        Assert.AreEqual(file, template.Text);
        Assert.AreEqual(folder["chat_template.jinja"], template.Source);
        Assert.AreEqual(hasTools, ChatTemplate.TryLoad(folder.Path, "tool_use", out _));
    }

    [TestMethod]
    public void Load_MalformedToolUse_IsAnErrorOnlyWhereItIsRendered()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["chat_template.jinja"], "D");
        Directory.CreateDirectory(folder["additional_chat_templates"]);
        File.WriteAllText(folder["additional_chat_templates/tool_use.jinja"], "{% if %}");
        ChatTemplate template = ChatTemplate.Load(folder.Path);
        Assert.AreEqual("D", template.Render(new JsonObject()));
        for (int i = 0; i < 2; i++)
        {
            TemplateException e = Assert.ThrowsExactly<TemplateException>(
                () => template.Render(new JsonObject { ["tools"] = new JsonArray() }));
            StringAssert.EndsWith(e.TemplateSource, "tool_use.jinja");
        }
    }

    [TestMethod]
    [DataRow("""{"bos_token": "<|begin|>", "eos_token": {"content": "<|end|>", "lstrip": false}}""", "{}",
        "{{ bos_token }}{{ eos_token }}", "<|begin|><|end|>", DisplayName = "04-both-in-map")]
    [DataRow("""{"eos_token": "</s>", "pad_token": "<pad>"}""", """{"bos_token": "<s>"}""",
        "{{ bos_token }}{{ eos_token }}{{ pad_token }}", "<s></s><pad>", DisplayName = "05-end-in-map")]
    [DataRow("""{"unk_token": {"content": "<?>"}, "sep_token": "<|>", "cls_token": "[C]", "mask_token": {"content": "[M]"}}""", "{}",
        "{{ cls_token }}{{ sep_token }}{{ mask_token }}{{ unk_token }}", "[C]<|>[M]<?>", DisplayName = "06-other-names")]
    [DataRow("""{"bos_token": "<new>"}""", """{"bos_token": "<old>"}""", "{{ bos_token }}", "<new>", DisplayName = "the map stands above")]
    [DataRow("""{"bos_token": "<new>"}""", """{"added_tokens_decoder": {}}""", "{{ bos_token }}", "",
        DisplayName = "the map is not read where the config has added_tokens_decoder")]
    [DataRow("""{"image_token": "<i>"}""", """{"audio_token": "<a>", "extra_special_tokens": {"video_token": "<v>"}}""",
        "{{ image_token }}{{ audio_token }}{{ video_token }}", "<i><a><v>", DisplayName = "tokens that one model has")]
    public void Render_SpecialTokensOfTheMap_AreVariables(string map, string config, string template, string expected)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["special_tokens_map.json"], map);
        File.WriteAllText(folder["tokenizer_config.json"], config);
        File.WriteAllText(folder["chat_template.jinja"], template);
        Assert.AreEqual(expected, ChatTemplate.Load(folder.Path).Render(Array.Empty<PromptMessage>()));
    }
}
