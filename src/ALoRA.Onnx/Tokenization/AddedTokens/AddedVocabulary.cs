using ALoRA.Onnx.Tokenization.Models;
using ALoRA.Onnx.Tokenization.Normalization;
using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Tokenization.AddedTokens;

/// <summary>The tokens that are found in the text before the model sees it. Immutable after construction, thread-safe.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> _tokens = [];
    private readonly HashSet<string> _special = new(StringComparer.Ordinal);
    private readonly AddedTokenFinder _raw;
    private readonly AddedTokenFinder _normalized;

    public AddedVocabulary(IReadOnlyList<AddedToken> tokens, Vocabulary vocabulary, Normalizer? normalizer)
    {
        List<AddedToken> special = [.. tokens.Where(token => token.Special && token.Content.Length > 0 && _special.Add(token.Content))];
        List<AddedToken> ordinary = [];
        HashSet<AddedToken> known = [];
        int max = -1;
        foreach (AddedToken token in tokens.Where(token => token.Content.Length > 0))
        {
            if (known.Contains(token))
            {
                continue;
            }

            // The ids in the file are not asked: a token of the model keeps its id, others are numbered behind the vocabulary.
            int id = IdOf(token.Content) ?? vocabulary.IdOf(token.Content) ?? Math.Max(max + 1, vocabulary.Count);
            max = Math.Max(max, id);
            _ids[token.Content] = id;
            if (_tokens.TryGetValue(id, out AddedToken? replaced))
            {
                known.Remove(replaced);
            }

            _tokens[id] = token;
            known.Add(token);
            if (!_special.Contains(token.Content))
            {
                ordinary.Add(token);
            }
        }

        List<AddedToken> all = [.. special, .. ordinary];
        _raw = new AddedTokenFinder(this, all.Where(token => !token.Normalized).Select(token => (token.Content, _ids[token.Content])));
        _normalized = new AddedTokenFinder(this, all.Where(token => token.Normalized).Select(token => (NormalizedForm(token, normalizer), _ids[token.Content])));
    }

    public int MaxId => _tokens.Count == 0 ? -1 : _tokens.Keys.Max();

    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    public AddedToken? TokenOf(int id) => _tokens.GetValueOrDefault(id);

    public bool IsSpecial(string token) => _special.Contains(token);

    /// <summary>Finds tokens in text that is not normalized.</summary>
    public void FindInText(ReadOnlySpan<char> text, bool specialsAsText, List<AddedTokenMatch> matches) => _raw.Find(text, specialsAsText, matches);

    /// <summary>Finds tokens in normalized text.</summary>
    public void FindInNormalized(ReadOnlySpan<char> text, bool specialsAsText, List<AddedTokenMatch> matches) => _normalized.Find(text, specialsAsText, matches);

    private static string NormalizedForm(AddedToken token, Normalizer? normalizer) =>
        normalizer is null ? token.Content : normalizer.Normalize(new AlignedText(token.Content, 0)).Text;
}
