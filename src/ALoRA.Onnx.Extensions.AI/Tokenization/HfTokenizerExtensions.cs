using Microsoft.ML.Tokenizers;

namespace ALoRA.Onnx.Extensions.AI;

/// <summary>Hands a model's tokenizer to libraries that take a <see cref="Tokenizer"/>.</summary>
public static class HfTokenizerExtensions
{
    /// <summary>Wraps a tokenizer, which stays as it is and may be used on.</summary>
    /// <param name="tokenizer">The tokenizer, for instance <see cref="AloraModel.Tokenizer"/>.</param>
    /// <param name="addSpecialTokens">
    /// Adds what the file's post-processor adds, such as a begin-of-text token, and counts it. Default: no.
    /// </param>
    /// <param name="specialTokensAsText">
    /// Treats special tokens that are written in the text as ordinary text. Default: they become their ids.
    /// </param>
    /// <returns>
    /// A tokenizer that gives the model's ids or none: it refuses <c>considerPreTokenization: false</c> and, if
    /// <see cref="HfTokenizer.HasNormalizer"/>, <c>considerNormalization: false</c> with a <see cref="NotSupportedException"/>. Chunkers
    /// that always pass the latter (<c>DocumentTokenChunker</c> and <c>ElementsChunker</c> of Microsoft.Extensions.DataIngestion) work
    /// with models whose tokenizer has no normalizer.
    /// </returns>
    /// <exception cref="ArgumentNullException">There is no tokenizer.</exception>
    public static AloraTokenizer AsTokenizer(this HfTokenizer tokenizer, bool addSpecialTokens = false, bool specialTokensAsText = false)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new AloraTokenizer(tokenizer, addSpecialTokens, specialTokensAsText);
    }
}
