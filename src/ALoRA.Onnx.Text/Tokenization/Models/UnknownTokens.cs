namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>The id of a model's unknown token, asked for when a text needs it.</summary>
internal static class UnknownTokens
{
    public static int Require(Vocabulary vocabulary, string? token, string source) =>
        token is not null && vocabulary.IdOf(token) is int id
            ? id
            : throw new ModelFormatException(
                $"{source}: the text has a character that the vocabulary lacks, and the unknown token "
                + $"{(token is null ? "is not set" : $"'{token}' is not in the vocabulary")}. "
                + "Expected an unknown token of the vocabulary. Use the tokenizer.json that belongs to the model.");
}
