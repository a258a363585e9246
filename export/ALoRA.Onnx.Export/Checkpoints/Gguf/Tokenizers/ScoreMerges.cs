namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>
/// Rebuilds the merges of a SentencePiece BPE model, which only keeps a score for each token: every way of cutting a token into two tokens
/// is a merge, ordered by the score of the whole. Merges of equal score are ordered as in the published conversions.
/// </summary>
internal static class ScoreMerges
{
    // Longer than any token in use; keeps the number of cuts in proportion to the size of the file.
    private const int MaxTokenLength = 1024;

    /// <param name="metadata">For messages.</param>
    /// <param name="vocabulary">Tokens and scores.</param>
    /// <param name="longestFirst">
    /// Gemma's order among equal scores, longer left parts first; otherwise Llama's, by the ids of the parts.
    /// </param>
    public static IReadOnlyList<(string Left, string Right)> Build(GgufMetadata metadata, GgufVocabulary vocabulary, bool longestFirst)
    {
        float[] scores = vocabulary.Scores ?? throw metadata.Missing("tokenizer.ggml.scores");
        string[] tokens = vocabulary.Tokens;
        List<(int Token, int Left, int Right)> merges = FindCuts(metadata, vocabulary);
        IOrderedEnumerable<(int Token, int Left, int Right)> ordered = merges.OrderByDescending(merge => scores[merge.Token]);
        ordered = longestFirst
            ? ordered
                .ThenByDescending(merge => CharacterCount(tokens[merge.Left]))
                .ThenByDescending(merge => CharacterCount(tokens[merge.Right]))
            : ordered;
        return [.. ordered
            .ThenBy(merge => merge.Token)
            .ThenBy(merge => merge.Left)
            .ThenBy(merge => merge.Right)
            .Select(merge => (tokens[merge.Left], tokens[merge.Right]))];
    }

    private static List<(int Token, int Left, int Right)> FindCuts(GgufMetadata metadata, GgufVocabulary vocabulary)
    {
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ids = vocabulary.Ids.GetAlternateLookup<ReadOnlySpan<char>>();
        List<(int Token, int Left, int Right)> merges = [];
        for (int id = 0; id < vocabulary.Tokens.Length; id++)
        {
            ReadOnlySpan<char> token = vocabulary.Tokens[id];
            if (token.Length > MaxTokenLength)
            {
                throw metadata.Error(
                    $"token {id} has {token.Length} characters; expected at most {MaxTokenLength}",
                    "Convert the model again");
            }

            for (int cut = 1; cut < token.Length; cut++)
            {
                if (ids.TryGetValue(token[..cut], out int left) && ids.TryGetValue(token[cut..], out int right))
                {
                    merges.Add((id, left, right));
                }
            }
        }

        return merges;
    }

    private static int CharacterCount(string token) => token.Count(character => !char.IsLowSurrogate(character));
}
