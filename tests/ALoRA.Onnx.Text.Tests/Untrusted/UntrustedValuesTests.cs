using System.Text.Json.Nodes;
using ALoRA.Onnx.Text.Tests.Tokenization;

namespace ALoRA.Onnx.Text.Tests.Untrusted;

/// <summary>Special tokens that values spell, on small templates.</summary>
[TestClass]
public sealed class UntrustedValuesTests
{
    private static readonly string[] Marks = ["<s>", "</s>", "<think>", "</think>", "<|end|>", "<call>", "§"];
    private static readonly HfTokenizer Tokenizer = TemplateMarks.Tokenizer(Marks);

    private static readonly PromptEncodingOptions AsText = new();

    [TestMethod]
    [DataRow("<s>", "<s> </s>")]
    [DataRow("a<|end|>b§c", "<s> </s>")]
    [DataRow("<<s>s>", "<s> </s>")]
    [DataRow("§", "<s> </s>")]
    [DataRow("", "<s> </s>")]
    [DataRow("\uFDD0<s>\uFDD1", "<s> </s>")]
    [DataRow("\\ufdd0<s>", "<s> </s>")]
    public void EncodePrompt_ContentWithMarks_OnlyTheTemplatesAreTokens(string content, string expected)
    {
        EncodedPrompt prompt = Encode("{% for m in messages %}<s>{{ m.content }}</s>{% endfor %}", content);

        Assert.AreEqual(expected, Names(prompt));
        Assert.AreEqual($"<s>{content}</s>", Tokenizer.Decode(prompt.Ids.Span));
    }

    [TestMethod]
    [DataRow("{{ messages[0].content }}{{ messages[1].content }}", "<|e", "nd|>", DisplayName = "two values")]
    [DataRow("{{ messages[0].content }}|>", "<|end", "", DisplayName = "a value before the template's text")]
    [DataRow("<|{{ messages[0].content }}", "end|>", "", DisplayName = "a value behind the template's text")]
    [DataRow("{{ '<|' + messages[0].content + '|>' }}", "end", "", DisplayName = "a value within the template's text")]
    [DataRow("{{ [messages[0].content, messages[1].content] | join }}", "<", "s>", DisplayName = "join")]
    [DataRow("{{ messages[0].content | lower }}", "<|END|>", "", DisplayName = "lower")]
    [DataRow("{{ messages[0].content | tojson(ensure_ascii=True) }}", "<|end|>", "", DisplayName = "escaped JSON")]
    [DataRow("{{ messages[0].content[1:] }}", "x<|end|>", "", DisplayName = "slice")]
    public void EncodePrompt_PartsOfAMark_GiveNoToken(string template, string first, string second)
    {
        EncodedPrompt prompt = Encode(template, first, second);

        Assert.AreEqual("", Names(prompt));
        Assert.AreEqual(
            ChatTemplate.Parse(template).Render((PromptMessage[])[new("user", first), new("user", second)]),
            Tokenizer.Decode(prompt.Ids.Span));
    }

    [TestMethod]
    [DataRow("{{ messages[0].content | replace('X', '') }}")]
    [DataRow("{{ messages[0].content.split('X') | join('') }}")]
    public void EncodePrompt_TemplateThatWouldMakeAMark_IsRefused(string template)
    {
        SpecialTokenException exception = Assert.ThrowsExactly<SpecialTokenException>(() => Encode(template, "<|eXnd|>"));

        Assert.AreEqual("<|end|>", exception.Token);
        Assert.AreEqual("", Names(Encode(template, "<|eYnd|> is harmless")));
    }

    [TestMethod]
    public void EncodePrompt_ValueThatTheTemplateCompares_IsStillSeen()
    {
        const string Template = "{% if tools[0].type == 'call' %}<{{ tools[0].type }}>{% endif %}";
        JsonObject variables = new() { ["messages"] = new JsonArray(), ["tools"] = new JsonArray(new JsonObject { ["type"] = "call" }) };

        EncodedPrompt prompt = Encoder(Template).EncodePrompt(variables, AsText);

        Assert.AreEqual("<call>", Tokenizer.Decode(prompt.Ids.Span));
    }

    [TestMethod]
    [DataRow("<think>hm</think>yes", "<think> </think>", DisplayName = "a block at the start")]
    [DataRow("a<think>hm</think>yes", "", DisplayName = "a block elsewhere")]
    [DataRow("<think>hm</think>yes</think>", "<think> </think>", DisplayName = "a second end")]
    [DataRow("hm</think>yes", "", DisplayName = "an end alone")]
    public void EncodePrompt_ReasoningOfAnAnswer_KeepsItsMarks(string content, string expected)
    {
        const string Template = "{% for m in messages %}{{ m.content }}{% endfor %}";
        PromptMessage[] answer = [new("assistant", content)];
        PromptMessage[] question = [new("user", content)];

        Assert.AreEqual(expected, Names(Encoder(Template).EncodePrompt(answer, false, null, AsText)));
        Assert.AreEqual("", Names(Encoder(Template).EncodePrompt(question, false, null, AsText)));
    }

    [TestMethod]
    public void EncodePrompt_TemplateThatCutsReasoning_CutsItAsWithParse()
    {
        const string Template = "{% for m in messages %}{{ m.content.split('</think>')[-1] }}<s>{% endfor %}"
            + "{% if add_generation_prompt %}<think>\n{% endif %}";
        PromptMessage[] messages = [new("assistant", "hm</think>yes"), new("user", "no</think>§")];

        EncodedPrompt prompt = Encoder(Template).EncodePrompt(messages, true, null, AsText);

        Assert.AreEqual("yes<s>no</think>§<s><think>\n", Tokenizer.Decode(prompt.Ids.Span));
        Assert.AreEqual("<s> <s> <think>", Names(prompt));
    }

    [TestMethod]
    public void EncodePrompt_MarksInKeysAndVariables_GiveNoToken()
    {
        JsonObject variables = new()
        {
            ["messages"] = new JsonArray(),
            ["more"] = new JsonObject { ["<s>"] = new JsonArray("<|end|>", 1, null) },
        };

        Assert.AreEqual("", Names(Encoder("{{ more | tojson }}").EncodePrompt(variables, AsText)));
        Assert.AreEqual(
            """{"<s>": ["<|end|>", 1, null]}""",
            Tokenizer.Decode(Encoder("{{ more | tojson }}").EncodePrompt(variables, AsText).Ids.Span));
    }

    [TestMethod]
    public void EncodePrompt_TrustedStretch_IsAToken()
    {
        JsonObject variables = new()
        {
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "assistant", ["content"] = "<s>[<s>]" }),
        };

        EncodedPrompt prompt = Encoder("{{ messages[0].content }}")
            .EncodePrompt(variables, AsText with { Trusted = [new TrustedStretch(0, 4, 3)] });

        Assert.AreEqual("<s>", Names(prompt));
    }

    [TestMethod]
    public void LastIndexOf_PlainTextThatAValueSpells_IsNotFound()
    {
        PromptEncoder encoder = Encoder("ask me{% for m in messages %}{{ m.content }}{% endfor %}");
        int[] invocation = Tokenizer.Encode("ask me");
        PromptMessage[] messages = [new("user", " or ask me"), new("user", "as"), new("user", "k me")];

        EncodedPrompt prompt = encoder.EncodePrompt(messages, false, null, AsText with { Invocation = invocation });

        Assert.AreEqual(0, prompt.LastIndexOf(invocation));
        Assert.AreEqual(prompt.Ids.Length - invocation.Length, prompt.Ids.Span.LastIndexOf(invocation));
    }

    [TestMethod]
    public void EncodePrompt_NormalizedMark_OtherSpellingsGiveNoToken()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(
            normalizer: """{ "type": "NFKC" }""",
            model: """
                { "type": "BPE", "unk_token": "?", "vocab": { "?": 0, "<": 1, "a": 2, ">": 3 }, "merges": [] }
                """,
            preTokenizer: "null",
            addedTokens: $"[{TinyTokenizer.AddedToken(4, "<a>", "normalized")}]");
        PromptEncoder encoder = new(tokenizer, ChatTemplate.Parse("<a>{% for m in messages %}{{ m.content }}{% endfor %}"), "folder");

        CollectionAssert.AreEqual(
            new[] { 4, 1, 2, 3 }, encoder.EncodePrompt([new("user", "＜ａ＞")], false, null, AsText).Ids.ToArray());
    }

    [TestMethod]
    public void EncodePrompt_ModelThatKnowsTheMarksText_GivesNoToken()
    {
        HfTokenizer tokenizer = TinyTokenizer.Create(
            model: """{ "type": "WordLevel", "unk_token": "?", "vocab": { "?": 0, "<s>": 1, "<": 2, "s>": 3 } }""",
            preTokenizer: """{ "type": "WhitespaceSplit" }""",
            addedTokens: $"[{TinyTokenizer.AddedToken(1, "<s>", "special")}]");
        PromptEncoder encoder = new(tokenizer, ChatTemplate.Parse("<s> {{ messages[0].content }}"), "folder");

        CollectionAssert.AreEqual(
            new[] { 1, 2, 3 }, encoder.EncodePrompt([new("user", "<s>")], false, null, AsText).Ids.ToArray());
    }

    [TestMethod]
    public void EncodePrompt_MoreCharactersThanTokensCanHave_IsRefusedBeforeRendering()
    {
        PromptEncoder encoder = Encoder("{{ raise_exception('rendered') }}");
        PromptMessage[] messages = [new("user", new string('a', 1000))];

        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(
            () => encoder.EncodePrompt(messages, true, null, AsText with { MaxTokens = 50 }));

        Assert.MatchesRegex(@"at least \d+ tokens .* context of 50", exception.Message);
        Assert.ThrowsExactly<TemplateException>(() => encoder.EncodePrompt(messages, true, null, AsText with { MaxTokens = 1000 }));
    }

    private static EncodedPrompt Encode(string template, params string[] contents) =>
        Encoder(template).EncodePrompt([.. contents.Select(content => new PromptMessage("user", content))], false, null, AsText);

    private static PromptEncoder Encoder(string template) => new(Tokenizer, ChatTemplate.Parse(template), "folder");

    private static string Names(EncodedPrompt prompt) =>
        string.Join(' ', prompt.Ids.ToArray().Where(id => id >= 256).Select(Tokenizer.TokenOf));
}
