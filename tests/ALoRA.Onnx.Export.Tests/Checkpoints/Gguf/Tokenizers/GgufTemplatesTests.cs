using System.Text;
using ALoRA.Onnx.Export.Checkpoints.Gguf;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf.Tokenizers;

/// <summary>Chat templates in metadata: the default one, and others with names.</summary>
[TestClass]
public sealed class GgufTemplatesTests
{
    private const string ToolUse = "additional_chat_templates/tool_use.jinja";

    private static readonly Dictionary<string, ReadOnlyMemory<byte>> None = [];

    [TestMethod]
    public void Make_NamedTemplates_BecomeFiles()
    {
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files = Make(None);

        Assert.AreEqual("D", Encoding.UTF8.GetString(files["chat_template.jinja"].Span));
        Assert.AreEqual("T", Encoding.UTF8.GetString(files[ToolUse].Span));
    }

    [TestMethod]
    [DataRow("chat_template.jinja")]
    [DataRow("additional_chat_templates/rag.jinja")]
    public void Make_TemplateBesideTheModel_StandsAboveAllInIt(string file)
    {
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files =
            Make(new Dictionary<string, ReadOnlyMemory<byte>> { [file] = "F"u8.ToArray() });

        Assert.AreEqual("F", Encoding.UTF8.GetString(files[file].Span));
        Assert.IsFalse(files.ContainsKey(ToolUse));
    }

    [TestMethod]
    public void Make_TemplateWhoseNameLeadsOutOfTheFolder_IsRefused() => Assert.Contains(
        "model.gguf: the chat template '../../x'",
        Assert.ThrowsExactly<CheckpointFormatException>(() => Make(None, ("tokenizer.chat_template.../../x", "X"))).Message);

    private static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Make(
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> given, params (string Key, object Value)[] more)
    {
        Dictionary<string, object> values = new()
        {
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.pre"] = "smollm",
            ["tokenizer.ggml.tokens"] = new[] { "<s>", "a", "b", "ab" },
            ["tokenizer.ggml.token_type"] = new[] { 3, 1, 1, 1 },
            ["tokenizer.ggml.merges"] = new[] { "a b" },
            ["tokenizer.ggml.eos_token_id"] = 0u,
            ["tokenizer.chat_template"] = "D",
            ["tokenizer.chat_templates"] = new[] { "tool_use" },
            ["tokenizer.chat_template.tool_use"] = "T",
        };
        foreach ((string key, object value) in more)
        {
            values.Add(key, value);
        }

        GgufMetadata metadata = new("model.gguf", values);
        return GgufCompanionFiles.Make(metadata, new GgufVocabulary(metadata), given);
    }
}
