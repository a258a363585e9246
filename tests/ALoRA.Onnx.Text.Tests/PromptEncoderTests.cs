using System.Text.Json.Nodes;
using ALoRA.Onnx.Text.Tests.Tokenization;

namespace ALoRA.Onnx.Text.Tests;

[TestClass]
public sealed class PromptEncoderTests
{
    private const int Special = 9;

    // Adds its special token to every text, if it is let.
    private const string PostProcessor = """
        { "type": "TemplateProcessing",
          "single": [{ "SpecialToken": { "id": "<s>", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }],
          "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
          "special_tokens": { "<s>": { "id": "<s>", "ids": [9], "tokens": ["<s>"] } } }
        """;

    private static readonly HfTokenizer Tokenizer =
        TinyTokenizer.Create(postProcessor: PostProcessor, addedTokens: $"[{TinyTokenizer.AddedToken(Special, "<s>", "special")}]");

    private static readonly ChatTemplate Template = ChatTemplate.Parse(
        "{% for m in messages %}<s>{{ m.content }}{% endfor %}{{ more }}{% if add_generation_prompt %}<s>{% endif %}");

    private static readonly PromptMessage[] Messages = [new("user", "abc"), new("assistant", "ab")];

    [TestMethod]
    public void Encode_Messages_SpecialTokensOfTheTemplateAreTokens() =>
        CollectionAssert.AreEqual(new[] { Special, 5, Special, 4, Special }, Encoder().Encode(Messages));

    [TestMethod]
    public void Encode_WithoutGenerationPrompt_EndsBehindTheLastMessage() =>
        CollectionAssert.AreEqual(new[] { Special, 5, Special, 4 }, Encoder().Encode(Messages, addGenerationPrompt: false));

    [TestMethod]
    public void Encode_MessagesAndVariables_TheTemplateSeesBoth() => CollectionAssert.AreEqual(
        new[] { Special, 5, Special, 4, 1, Special }, Encoder().Encode(Messages, variables: new JsonObject { ["more"] = "b" }));

    [TestMethod]
    public void Encode_Variables_EqualsEncodingTheMessages()
    {
        JsonObject variables = new()
        {
            ["messages"] = new JsonArray(
                new JsonObject { ["role"] = "user", ["content"] = "abc" }, new JsonObject { ["role"] = "assistant", ["content"] = "ab" }),
        };
        CollectionAssert.AreEqual(Encoder().Encode(Messages, addGenerationPrompt: false), Encoder().Encode(variables));
        variables["add_generation_prompt"] = true;
        CollectionAssert.AreEqual(Encoder().Encode(Messages), Encoder().Encode(variables));
    }

    [TestMethod]
    public void Encode_SpecialTokensOfTheFolder_AreVariables()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer_config.json"),
            """{"bos_token": "<s>", "chat_template": "{{ bos_token }}ab"}""");
        PromptEncoder encoder = new(Tokenizer, ChatTemplate.Load(folder.Path), folder.Path);

        CollectionAssert.AreEqual(new[] { Special, 4 }, encoder.Encode(Messages));
        CollectionAssert.AreEqual(new[] { Special, 4 }, encoder.Encode(Array.Empty<PromptMessage>()));
        CollectionAssert.AreEqual(new[] { 0, 4 }, encoder.Encode(new JsonObject { ["bos_token"] = "a" }));
    }

    [TestMethod]
    public void Encode_Options_BoundTheTemplate()
    {
        PromptEncoder encoder = new(Tokenizer, ChatTemplate.Parse("{% for i in range(99) %}a{% endfor %}"), "folder");

        TemplateException exception = Assert.ThrowsExactly<TemplateException>(
            () => encoder.Encode(Messages, options: new ChatTemplateOptions { MaxLength = 10 }));

        Assert.AreEqual(TemplateErrorKind.Limit, exception.Kind);
    }

    [TestMethod]
    public void Encode_NoTemplate_SaysSoAndWhatToDo()
    {
        PromptEncoder encoder = new(Tokenizer, null, "models/none");

        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(() => encoder.Encode(Messages));

        Assert.StartsWith("models/none has no chat template", exception.Message);
        Assert.Contains("chat_template.jinja", exception.Message);
        Assert.ThrowsExactly<InvalidOperationException>(() => encoder.Encode(new JsonObject()));
    }

    private static PromptEncoder Encoder() => new(Tokenizer, Template, "folder");
}
