namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>Makes a <c>tokenizer.json</c> that gives the ids of the checkpoint's own one.</summary>
internal static class GgufTokenizer
{
    private const string ModelKey = "tokenizer.ggml.model";

    public static byte[] Make(GgufMetadata metadata, GgufVocabulary vocabulary)
    {
        string model = metadata.Text(ModelKey) ?? throw metadata.Missing(ModelKey);
        TokenizerDefinition definition = model switch
        {
            "gpt2" => ByteLevelTokenizer.Define(metadata, vocabulary),
            "llama" or "gemma4" => SentencePieceTokenizer.Define(metadata, vocabulary),
            _ => throw metadata.Error(
                $"'{ModelKey}' is '{model}'; expected gpt2, llama or gemma4",
                "Lay the checkpoint's tokenizer.json beside the file and export the folder"),
        };
        return TokenizerJson.Write(vocabulary, definition);
    }
}
