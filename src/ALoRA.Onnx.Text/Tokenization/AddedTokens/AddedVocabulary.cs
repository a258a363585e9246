using System.Buffers;
using ALoRA.Onnx.Tokenization.Models;
using ALoRA.Onnx.Tokenization.Normalization;
using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Tokenization.AddedTokens;

/// <summary>The tokens that are found in the text before the model sees it. Immutable after construction, thread-safe.</summary>
internal sealed class AddedVocabulary
{
    // The automaton takes about a hundred bytes a character.
    private const int MaxCharacters = 600_000;
    private const char MetaSpace = '\u2581';
    private static readonly SearchValues<char> WhiteSpace = SearchValues.Create(" \t\r\n\v\f\u00A0\u2581");

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> _tokens = [];
    private readonly Dictionary<int, string> _normalizedTexts = [];
    private readonly HashSet<string> _special = new(StringComparer.Ordinal);
    private readonly HashSet<int> _marks;
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

        // Runs of white space are added for the length of code, and a text without them would be another text to the model.
        _marks = [.. _tokens.Where(entry => entry.Value.Content.AsSpan().ContainsAnyExcept(WhiteSpace)).Select(entry => entry.Key)];

        HasNormalizedMarks = _normalizedTexts.Keys.Any(IsMark);

        // Special tokens come first where two have one normalized form.
        ILookup<bool, (string Text, int Id)> all = _tokens
            .OrderByDescending(entry => IsSpecial(entry.Value.Content))
            .ToLookup(entry => entry.Value.Normalized, entry => (TextOf(entry.Key)!, entry.Key));
        _raw = new AddedTokenFinder(this, all[false]);
        _normalized = new AddedTokenFinder(this, all[true]);
    }

    /// <summary>Length of the longest token in UTF-16 units.</summary>
    public int LongestText => _tokens.Keys.Select(id => Math.Max(TextOf(id)!.Length, _tokens[id].Content.Length)).DefaultIfEmpty(0).Max();

    /// <summary>Whether a token swallows white space beside it.</summary>
    public bool SwallowsWhiteSpace => _tokens.Values.Any(token => token.LeftStrip || token.RightStrip);

    public int MaxId => _tokens.Count == 0 ? -1 : _tokens.Keys.Max();

    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    public AddedToken? TokenOf(int id) => _tokens.GetValueOrDefault(id);

    /// <summary>What a token reads as: its normalized form, if it is searched in that form.</summary>
    public string? TextOf(int id) => _normalizedTexts.GetValueOrDefault(id) ?? TokenOf(id)?.Content;

    public bool IsSpecial(string token) => _special.Contains(token);

    /// <summary>Whether a token says something to the model that text can't: all but those of white space alone.</summary>
    public bool IsMark(int id) => _marks.Contains(id);

    /// <summary>The texts of all <see cref="IsMark">marks</see>, as they are written and as they are searched.</summary>
    public IEnumerable<string> MarkTexts => _marks
        .SelectMany(id => (string[])[_tokens[id].Content, TextOf(id)!, TextOf(id)!.Replace(MetaSpace, ' ').TrimStart()])
        .Where(text => text.AsSpan().ContainsAnyExcept(WhiteSpace))
        .Distinct(StringComparer.Ordinal);

    /// <summary>Whether a mark is searched in normalized text, where other characters than its own may spell it.</summary>
    public bool HasNormalizedMarks { get; }

    /// <summary>Finds tokens in text that is not normalized.</summary>
    public void FindInText(ReadOnlySpan<char> text, bool specialsAsText, ReadOnlySpan<int> barriers, List<AddedTokenMatch> matches) =>
        _raw.Find(text, specialsAsText, barriers, matches);

    /// <summary>Finds tokens in normalized text.</summary>
    public void FindInNormalized(
        ReadOnlySpan<char> text, bool specialsAsText, ReadOnlySpan<int> barriers, List<AddedTokenMatch> matches) =>
        _normalized.Find(text, specialsAsText, barriers, matches);

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
