using System.Text;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints.HuggingFace;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>Makes the files of tokenizer, template and generation from metadata.</summary>
internal static class GgufCompanionFiles
{
    private const string TemplateKey = "tokenizer.chat_template";
    private const string HuggingFaceTokenizerKey = "tokenizer.huggingface.json";

    /// <param name="metadata">The metadata.</param>
    /// <param name="vocabulary">The vocabulary that it holds.</param>
    /// <param name="given">Files that lie beside the model; they are taken instead of made ones.</param>
    public static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Make(
        GgufMetadata metadata, GgufVocabulary vocabulary, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> given)
    {
        Dictionary<string, ReadOnlyMemory<byte>> files = new(given, StringComparer.Ordinal);
        if (!files.ContainsKey(CompanionFileReader.Tokenizer))
        {
            files.Add(CompanionFileReader.Tokenizer, Tokenizer(metadata, vocabulary));
        }

        files.TryAdd(CompanionFileReader.TokenizerConfig, Utf8(TokenizerConfig(vocabulary)));
        files.TryAdd(CompanionFileReader.GenerationConfig, Utf8(GenerationConfig(metadata, vocabulary)));
        if (!CompanionFileReader.HasTemplate(given))
        {
            AddTemplates(metadata, files);
        }

        return files;
    }

    // Those that have a name, such as tool_use, have keys of their own.
    private static void AddTemplates(GgufMetadata metadata, Dictionary<string, ReadOnlyMemory<byte>> files)
    {
        if (metadata.Text(TemplateKey) is { } template)
        {
            files.Add(CompanionFileReader.ChatTemplate, Encoding.UTF8.GetBytes(template));
        }

        foreach (string key in metadata.KeysBelow($"{TemplateKey}."))
        {
            string file = CompanionFileReader.FileOf(key[(TemplateKey.Length + 1)..], metadata.Path);
            files.TryAdd(file, Encoding.UTF8.GetBytes(metadata.Text(key)!));
        }
    }

    private static byte[] Tokenizer(GgufMetadata metadata, GgufVocabulary vocabulary) =>
        metadata.Text(HuggingFaceTokenizerKey) is { } text
            ? Encoding.UTF8.GetBytes(text)
            : GgufTokenizer.Make(metadata, vocabulary);

    private static JsonObject TokenizerConfig(GgufVocabulary vocabulary)
    {
        JsonObject config = new() { ["tokenizer_class"] = "PreTrainedTokenizerFast", ["clean_up_tokenization_spaces"] = false };
        Add(config, "bos_token", vocabulary.TextOf(vocabulary.BeginId));
        Add(config, "eos_token", vocabulary.TextOf(vocabulary.EndId));
        Add(config, "unk_token", vocabulary.TextOf(vocabulary.UnknownId));
        Add(config, "pad_token", vocabulary.TextOf(vocabulary.PaddingId));
        return config;
    }

    private static JsonObject GenerationConfig(GgufMetadata metadata, GgufVocabulary vocabulary)
    {
        JsonObject config = [];
        Add(config, "bos_token_id", vocabulary.BeginId);
        int[] ends = [.. vocabulary.EndId is { } end ? [end] : Array.Empty<int>(), .. vocabulary.EndOfTurnIds];
        Add(config, "eos_token_id", ends.Length switch
        {
            0 => null,
            1 => ends[0],
            _ => new JsonArray([.. ends.Select(id => (JsonNode)id)]),
        });
        Add(config, "pad_token_id", vocabulary.PaddingId);
        if (metadata.Number("general.sampling.temp") is { } temperature)
        {
            config["do_sample"] = temperature > 0;
            config["temperature"] = temperature;
        }

        Add(config, "top_k", metadata.Count("general.sampling.top_k"));
        Add(config, "top_p", metadata.Number("general.sampling.top_p"));
        Add(config, "min_p", metadata.Number("general.sampling.min_p"));
        Add(config, "repetition_penalty", metadata.Number("general.sampling.penalty_repeat"));
        return config;
    }

    private static void Add(JsonObject config, string key, JsonNode? value)
    {
        if (value is not null)
        {
            config[key] = value;
        }
    }

    private static byte[] Utf8(JsonObject json) => IndentedJson.ToUtf8(writer => json.WriteTo(writer));
}

/// <summary>Makes a <c>tokenizer.json</c> that gives the ids of the checkpoint's own one.</summary>
internal static class GgufTokenizer
{
    public static byte[] Make(GgufMetadata metadata, GgufVocabulary vocabulary)
    {
        string model = metadata.Text(GgufVocabulary.ModelKey) ?? throw metadata.Missing(GgufVocabulary.ModelKey);
        TokenizerDefinition definition = model switch
        {
            "gpt2" => ByteLevelTokenizer.Define(metadata, vocabulary),
            "llama" or "gemma4" => SentencePieceTokenizer.Define(metadata, vocabulary),
            _ => throw metadata.Error(
                $"'{GgufVocabulary.ModelKey}' is '{model}'; expected gpt2, llama or gemma4",
                "Lay the checkpoint's tokenizer.json beside the file and export the folder"),
        };
        return TokenizerJson.Write(vocabulary, definition);
    }
}
