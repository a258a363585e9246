namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>
/// Rebuilds the merges of a SentencePiece BPE model, which only keeps a score for each token: every way of cutting a token into two tokens
/// is a merge, ordered by the score of the whole.
/// </summary>
internal static class ScoreMerges
{
    // Longer than any token in use; keeps the number of cuts in proportion to the size of the file.
    private const int MaxTokenLength = 1024;

    public static IReadOnlyList<(string Left, string Right)> Build(GgufMetadata metadata, GgufVocabulary vocabulary)
    {
        float[] scores = vocabulary.Scores ?? throw metadata.Missing("tokenizer.ggml.scores");
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ids = vocabulary.Ids.GetAlternateLookup<ReadOnlySpan<char>>();
        List<(int Token, int Left, int Right)> merges = [];
        for (int id = 0; id < vocabulary.Tokens.Length; id++)
        {
            ReadOnlySpan<char> token = vocabulary.Tokens[id];
            if (token.Length > MaxTokenLength)
            {
                throw metadata.Error($"token {id} has {token.Length} characters; expected at most {MaxTokenLength}", "Convert the model again");
            }

            for (int cut = 1; cut < token.Length; cut++)
            {
                if (ids.TryGetValue(token[..cut], out int left) && ids.TryGetValue(token[cut..], out int right))
                {
                    merges.Add((id, left, right));
                }
            }
        }

        return [.. merges
            .OrderByDescending(merge => scores[merge.Token])
            .ThenBy(merge => merge.Token)
            .ThenBy(merge => merge.Left)
            .ThenBy(merge => merge.Right)
            .Select(merge => (vocabulary.Tokens[merge.Left], vocabulary.Tokens[merge.Right]))];
    }
}
