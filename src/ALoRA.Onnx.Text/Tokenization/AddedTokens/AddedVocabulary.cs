using ALoRA.Onnx.Tokenization.Models;
using ALoRA.Onnx.Tokenization.Normalization;
using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Tokenization.AddedTokens;

/// <summary>The tokens that are found in the text before the model sees it. Immutable after construction, thread-safe.</summary>
internal sealed class AddedVocabulary
{
    // The automaton takes about a hundred bytes a character.
    private const int MaxCharacters = 600_000;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> _tokens = [];
    private readonly Dictionary<int, string> _normalizedTexts = [];
    private readonly HashSet<string> _special = new(StringComparer.Ordinal);
    private readonly AddedTokenFinder _raw;
    private readonly AddedTokenFinder _normalized;

    public AddedVocabulary(IReadOnlyList<AddedToken> tokens, Vocabulary vocabulary, Normalizer? normalizer, string location)
    {
        int next = vocabulary.Count;
        int largest = -1;
        long characters = 0;
        foreach (AddedToken token in tokens.Where(token => token.Content.Length > 0))
        {
            // The ids in the file are not asked: a token of the model keeps its id, others are numbered behind the vocabulary.
            int id = IdOf(token.Content) ?? vocabulary.IdOf(token.Content) ?? Math.Max(next, largest + 1);
            if (id == int.MaxValue)
            {
                throw new ModelFormatException(
                    $"{location}: expected ids that leave room for further tokens, got a token with the largest id there is. "
                    + "Use the tokenizer.json that belongs to the model.");
            }

            largest = Math.Max(largest, id);
            _normalizedTexts.Remove(id);
            _ids[token.Content] = id;
            _tokens[id] = token;
            if (token.Special)
            {
                _special.Add(token.Content);
            }

            if (token.Normalized && normalizer is not null)
            {
                _normalizedTexts[id] = NormalizedForm(token, normalizer, location);
            }

            characters += token.Content.Length + (token.Normalized ? TextOf(id)!.Length : 0);
            if (characters > MaxCharacters)
            {
                throw new ModelFormatException(
                    $"{location}: expected at most {MaxCharacters} characters in all tokens, got more. "
                    + "Use the tokenizer.json that belongs to the model.");
            }
        }

        // Special tokens come first where two have one normalized form.
        ILookup<bool, (string Text, int Id)> all = _tokens
            .OrderByDescending(entry => IsSpecial(entry.Value.Content))
            .ToLookup(entry => entry.Value.Normalized, entry => (TextOf(entry.Key)!, entry.Key));
        _raw = new AddedTokenFinder(this, all[false]);
        _normalized = new AddedTokenFinder(this, all[true]);
    }

    public int MaxId => _tokens.Count == 0 ? -1 : _tokens.Keys.Max();

    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    public AddedToken? TokenOf(int id) => _tokens.GetValueOrDefault(id);

    /// <summary>What a token reads as: its normalized form, if it is searched in that form.</summary>
    public string? TextOf(int id) => _normalizedTexts.GetValueOrDefault(id) ?? TokenOf(id)?.Content;

    public bool IsSpecial(string token) => _special.Contains(token);

    /// <summary>Finds tokens in text that is not normalized.</summary>
    public void FindInText(ReadOnlySpan<char> text, bool specialsAsText, List<AddedTokenMatch> matches) =>
        _raw.Find(text, specialsAsText, matches);

    /// <summary>Finds tokens in normalized text.</summary>
    public void FindInNormalized(ReadOnlySpan<char> text, bool specialsAsText, List<AddedTokenMatch> matches) =>
        _normalized.Find(text, specialsAsText, matches);

    private static string NormalizedForm(AddedToken token, Normalizer normalizer, string location)
    {
        try
        {
            return normalizer.Normalize(new AlignedText(token.Content, 0)).Text;
        }
        catch (InvalidOperationException exception)
        {
            string shown = token.Content.Length <= 80 ? token.Content : token.Content[..77] + "...";
            throw new ModelFormatException(
                $"{location}: expected a normalizer that can be applied to the token '{shown}', got: {exception.Message}",
                exception);
        }
    }
}
