using ALoRA.Onnx.Files;
using ALoRA.Onnx.Tokenization.AddedTokens;

namespace ALoRA.Onnx.Tokenization.Loading;

/// <summary>
/// Which tokens the files beside a <c>tokenizer.json</c> add to it: those that Transformers' fast tokenizers add, in their order.
/// </summary>
internal static class TokenizerFolder
{
    /// <summary>The tokens that are added behind those of <c>tokenizer.json</c>.</summary>
    /// <param name="settings">The other files.</param>
    /// <param name="own">The tokens of <c>tokenizer.json</c>, with the ids that it gives them.</param>
    public static IReadOnlyList<AddedToken> MoreTokens(TokenizerSettings settings, IReadOnlyList<(int Id, AddedToken Token)> own)
    {
        SortedDictionary<int, AddedToken> declared = [];
        foreach ((int id, DeclaredToken token) in settings.Added)
        {
            declared[id] = Added(token);
        }

        // The older files are not asked about ids that tokenizer.json knows.
        foreach ((int id, AddedToken token) in settings.HasDecoder ? [] : own)
        {
            declared[id] = token;
        }

        // Ids only say who is added first: the text decides whether a token is known already.
        HashSet<AddedToken> known = [.. own.Select(entry => entry.Token)];
        HashSet<string> texts = [.. own.Select(entry => entry.Token.Content)];
        HashSet<string> named = [.. settings.Named.Select(entry => entry.Token.Content)];
        List<AddedToken> more = [];
        foreach (AddedToken token in declared.Values.Where(token => !known.Contains(token)))
        {
            texts.Add(token.Content);
            more.Add(token with { Special = token.Special || named.Contains(token.Content) });
        }

        foreach (DeclaredToken token in settings.Named.Select(entry => entry.Token).Concat(settings.Extra))
        {
            if (texts.Add(token.Content))
            {
                more.Add(Added(token));
            }
        }

        return more;
    }

    private static AddedToken Added(DeclaredToken token) =>
        new(token.Content, token.SingleWord, token.LeftStrip, token.RightStrip, token.Normalized, token.Special);
}
