using ALoRA.Onnx.Tokenization.Models;
using ALoRA.Onnx.Tokenization.Normalization;
using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Tokenization.AddedTokens;

/// <summary>The tokens that are found in the text before the model sees it. Immutable after construction, thread-safe.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> _tokens = [];
    private readonly Dictionary<int, string> _normalizedTexts = [];
    private readonly HashSet<string> _special = new(StringComparer.Ordinal);
    private readonly AddedTokenFinder _raw;
    private readonly AddedTokenFinder _normalized;

    public AddedVocabulary(IReadOnlyList<AddedToken> tokens, Vocabulary vocabulary, Normalizer? normalizer)
    {
        int next = vocabulary.Count;
        foreach (AddedToken token in tokens.Where(token => token.Content.Length > 0))
        {
            // The ids in the file are not asked: a token of the model keeps its id, others are numbered behind the vocabulary.
            int id = IdOf(token.Content) ?? vocabulary.IdOf(token.Content) ?? next++;
            _ids[token.Content] = id;
            _tokens[id] = token;
            if (token.Special)
            {
                _special.Add(token.Content);
            }

            if (token.Normalized && normalizer is not null)
            {
                _normalizedTexts[id] = normalizer.Normalize(new AlignedText(token.Content, 0)).Text;
            }
        }

        // Special tokens come first where two have one normalized form.
        List<(int Id, AddedToken Token)> all = [.. _tokens.Select(entry => (entry.Key, entry.Value)).OrderByDescending(entry => IsSpecial(entry.Value.Content))];
        _raw = new AddedTokenFinder(this, all.Where(entry => !entry.Token.Normalized).Select(entry => (entry.Token.Content, entry.Id)));
        _normalized = new AddedTokenFinder(this, all.Where(entry => entry.Token.Normalized).Select(entry => (TextOf(entry.Id)!, entry.Id)));
    }

    public int MaxId => _tokens.Count == 0 ? -1 : _tokens.Keys.Max();

    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    public AddedToken? TokenOf(int id) => _tokens.GetValueOrDefault(id);

    /// <summary>What a token reads as: its normalized form, if it is searched in that form.</summary>
    public string? TextOf(int id) => _normalizedTexts.GetValueOrDefault(id) ?? TokenOf(id)?.Content;

    public bool IsSpecial(string token) => _special.Contains(token);

    /// <summary>Finds tokens in text that is not normalized.</summary>
    public void FindInText(ReadOnlySpan<char> text, bool specialsAsText, List<AddedTokenMatch> matches) => _raw.Find(text, specialsAsText, matches);

    /// <summary>Finds tokens in normalized text.</summary>
    public void FindInNormalized(ReadOnlySpan<char> text, bool specialsAsText, List<AddedTokenMatch> matches) => _normalized.Find(text, specialsAsText, matches);
}
