using ALoRA.Onnx.Tokenization.AddedTokens;

namespace ALoRA.Onnx.Tokenization.Loading;

/// <summary>Reads an entry of <c>added_tokens</c>.</summary>
internal static class AddedTokenReader
{
    public static AddedToken Read(JsonSection section)
    {
        _ = section["id"].Count();
        return new AddedToken(
            section["content"].Text(),
            section["single_word"].Flag(),
            section["lstrip"].Flag(),
            section["rstrip"].Flag(),
            section["normalized"].Flag(),
            section["special"].Flag());
    }
}
