using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Untrusted;

/// <summary>
/// Walks over the values that a caller gives to a template: checks roles, finds texts of tokens, and cuts them with a character that no
/// value has. For one prompt, one thread.
/// </summary>
/// <param name="texts">The tokens' texts.</param>
/// <param name="rejects">Whether a token's text is refused.</param>
/// <param name="template">The template's own text.</param>
/// <param name="trusted">Stretches in which tokens may stand.</param>
internal sealed class ValueGuard(
    IReadOnlyList<TokenTexts> texts, bool rejects, string template, IReadOnlyList<TrustedStretch> trusted)
{
    private const int LongestRole = 256;

    private static readonly SearchValues<char> NoRole = SearchValues.Create("<>[]|\u2028\u2029");

    private readonly List<int> _cuts = [];
    private readonly Queue<(string Value, int[] Cuts)> _found = [];
    private readonly List<(string? Key, int Index)> _place = [];

    // Whether the text that is looked at is the name of a variable or of a message's field, which the template has to find.
    private bool _isField;

    /// <summary>
    /// Finds more places to cut, for characters that spell a token only when they are normalized; null where there are none.
    /// </summary>
    public Func<string, IEnumerable<int>>? FindMore { get; init; }

    /// <summary>Which values are cut off that are the middle of a token.</summary>
    public MiddleCuts Middles { get; init; }

    /// <summary>Whether a value is the middle of a token.</summary>
    public bool HasMiddles { get; private set; }

    /// <summary>Whether the end of a reasoning block without its beginning may be a token.</summary>
    public bool TrustsEnds { get; init; }

    /// <summary>Whether an answer has such an end.</summary>
    public bool HasEnds { get; private set; }

    /// <summary>Whether the template replaces parts of values.</summary>
    public bool SeesBuilders { get; init; }

    /// <summary>Whether a value could become a token's text where the template replaces parts of it.</summary>
    public bool MayBuild { get; private set; }

    /// <summary>Whether nothing has to be cut.</summary>
    /// <exception cref="SpecialTokenException">A role is no plain word, or a token's text is refused.</exception>
    public bool IsClean(JsonNode? node) => Visit(node, Check);

    /// <summary>A copy with the character at all cuts; for each value once, in the order in which they were checked.</summary>
    public JsonNode? Cut(JsonNode? node, char mark) => Copy(node, value => Cut(value, mark));

    /// <summary>A copy whose texts hold no beginning and no end of a token.</summary>
    public JsonNode? Neutral(JsonNode? node) => Copy(node, value => _isField || IsRole || TrustedIn(value).Count > 0
        ? value
        : texts.Aggregate(value, (current, tokens) => tokens.Neutral(current)));

    /// <summary>A character that no value and no template has, by itself or as its escape.</summary>
    /// <exception cref="ArgumentException">All of them are there.</exception>
    public char FreeMark(IReadOnlyList<JsonNode?> nodes)
    {
        for (char mark = '\uFDD0'; mark <= '\uFDEF'; mark++)
        {
            char candidate = mark;
            if (!Cuts.Holds(template, candidate) && nodes.All(node => Visit(node, value => !Cuts.Holds(value, candidate))))
            {
                return mark;
            }
        }

        throw new ArgumentException(
            "The values for the chat template hold all noncharacters from U+FDD0 to U+FDEF, one of which has to be free to keep special "
            + "tokens apart. Take them out; they stand for no text.");
    }

    private bool IsFieldPlace => _place is [] or [("messages", _), (null, _)];

    private bool IsRole => _place is [("messages", _), (null, _), ("role", _)];

    private bool Check(string value)
    {
        if (_isField)
        {
            return true;
        }

        if (IsRole)
        {
            CheckRole(value);
            return true;
        }

        if (FindMore is null && IsPlain(value))
        {
            _found.Enqueue((value, []));
            return true;
        }

        foreach (TokenTexts tokens in texts)
        {
            HasMiddles = HasMiddles || tokens.IsMiddle(value);
            MayBuild = MayBuild || (SeesBuilders && tokens.MayBegin(value));
        }

        FindCuts(value);
        if (rejects && _cuts.Count > 0)
        {
            Reject(value);
        }

        _found.Enqueue((value, [.. _cuts]));
        return _cuts.Count == 0;
    }

    private bool IsPlain(string value)
    {
        foreach (TokenTexts tokens in texts)
        {
            if (!tokens.IsPlain(value))
            {
                return false;
            }
        }

        return true;
    }

    private void FindCuts(string value)
    {
        _cuts.Clear();
        List<(int Start, int End)> trustedHere = TrustedIn(value);
        foreach (TokenTexts tokens in texts)
        {
            tokens.FindCuts(value, trustedHere, Middles, _cuts);
        }

        foreach (int start in FindMore?.Invoke(value) ?? [])
        {
            if (!trustedHere.Exists(stretch => start >= stretch.Start && start < stretch.End))
            {
                _cuts.Add(Math.Min(value.Length, start + Unicode.CodePoints.LengthAt(value, start)));
            }
        }
    }

    private List<(int Start, int End)> TrustedIn(string value)
    {
        if (_place is not [("messages", _), (null, int index), ("content", _), ..] || Contents is not JsonObject message)
        {
            return [];
        }

        List<(int Start, int End)> stretches = [];
        if (_place.Count == 3)
        {
            stretches.AddRange(trusted.Where(stretch => stretch.Message == index)
                .Select(stretch => (stretch.Start, stretch.Start + stretch.Length)));
        }

        if (message["role"] is JsonValue role && role.TryGetValue(out string? name) && name is "assistant" or "model")
        {
            stretches.AddRange(ReasoningBlocks.Find(value));
            IReadOnlyList<(int Start, int End)> ends = stretches.Count > 0 ? [] : ReasoningBlocks.FindEnd(value, template);
            HasEnds |= ends.Count > 0;
            stretches.AddRange(TrustsEnds ? ends : []);
        }

        stretches.Sort();
        return stretches;
    }

    // The message that is being walked over.
    private JsonObject? Contents { get; set; }

    private string Cut(string value, char mark)
    {
        if (_isField || IsRole)
        {
            return value;
        }

        // Both walks come by the same values in the same order.
        (string known, int[] cuts) = _found.Dequeue();
        return known == value
            ? Cuts.Insert(value, cuts, mark)
            : throw new InvalidOperationException("The values were changed while they were made a prompt of. Encode them again.");
    }

    private void CheckRole(string role)
    {
        bool isPlain = role.Length <= LongestRole
            && !role.AsSpan().ContainsAny(NoRole)
            && !role.Any(char.IsControl)
            && (IsPlain(role) || !texts.Any(tokens => tokens.FindAll(role).Any()));
        if (!isPlain)
        {
            string? token = texts.SelectMany(tokens => tokens.FindAll(role)).FirstOrDefault().Text;
            throw new SpecialTokenException(
                $"The role of message {_place[1].Index} is {PythonJson.PrintValue(Shown(role))}, but a role must be plain, such as "
                + "\"user\": without line breaks, bars, angle and square brackets, and special tokens.",
                _place[1].Index,
                Place(),
                token);
        }
    }

    private void Reject(string value)
    {
        List<(int Start, int End)> trustedHere = TrustedIn(value);
        if (texts.SelectMany(tokens => tokens.FindAll(value))
            .FirstOrDefault(found => !trustedHere.Exists(stretch => found.Start >= stretch.Start && found.Start < stretch.End))
            .Text is string token)
        {
            throw new SpecialTokenException(
                $"{Place()} holds the special token {PythonJson.PrintValue(token)}, which values must not hold "
                + "here. Take it out, or let it "
                + $"be text ({nameof(SpecialTokenHandling)}.{nameof(SpecialTokenHandling.AsText)}).",
                _place is [("messages", _), (null, int index), ..] ? index : null,
                Place(),
                token);
        }
    }

    private static string Shown(string text) => text.Length <= 80 ? text : text[..77] + "...";

    private string Place() => string.Concat(_place.Select(
        (step, i) => step.Key is null ? $"[{step.Index}]" : i == 0 ? step.Key : $".{step.Key}"));

    // Whether a condition holds for all texts and keys.
    private bool Visit(JsonNode? node, Func<string, bool> holds)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        switch (node)
        {
            case JsonObject json:
                bool all = true;
                JsonObject? outer = Enter(json);
                foreach ((string key, JsonNode? value) in Members(json))
                {
                    _isField = IsFieldPlace;
                    all &= holds(key);
                    _isField = false;
                    _place.Add((key, 0));
                    all &= Visit(value, holds);
                    _place.RemoveAt(_place.Count - 1);
                }

                Contents = outer;
                return all;
            case JsonArray list:
                all = true;
                for (int i = 0; i < list.Count; i++)
                {
                    _place.Add((null, i));
                    all &= Visit(list[i], holds);
                    _place.RemoveAt(_place.Count - 1);
                }

                return all;
            default:
                return node is not JsonValue text || !text.TryGetValue(out string? characters) || holds(characters);
        }
    }

    private JsonNode? Copy(JsonNode? node, Func<string, string> change)
    {
        switch (node)
        {
            case JsonObject json:
                JsonObject copy = [];
                JsonObject? outer = Enter(json);
                foreach ((string key, JsonNode? value) in Members(json))
                {
                    _isField = IsFieldPlace;
                    string name = change(key);
                    _isField = false;
                    _place.Add((key, 0));
                    copy[name] = Copy(value, change);
                    _place.RemoveAt(_place.Count - 1);
                }

                Contents = outer;
                return copy;
            case JsonArray list:
                JsonArray items = [];
                for (int i = 0; i < list.Count; i++)
                {
                    _place.Add((null, i));
                    items.Add(Copy(list[i], change));
                    _place.RemoveAt(_place.Count - 1);
                }

                return items;
            case JsonValue text when text.TryGetValue(out string? characters):
                return JsonValue.Create(change(characters));
            default:
                return node?.DeepClone();
        }
    }

    private JsonObject? Enter(JsonObject json)
    {
        JsonObject? outer = Contents;
        Contents = _place.Count == 2 ? json : outer;
        return outer;
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Members(JsonObject json)
    {
        try
        {
            _ = json.Count;
            return json;
        }
        catch (ArgumentException)
        {
            // A JsonObject refuses equal keys when it is first read; as Python has it, the last one holds.
            Dictionary<string, JsonNode?> members = new(StringComparer.Ordinal);
            using JsonDocument document = JsonDocument.Parse(json.ToJsonString());
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                members[property.Name] = JsonNode.Parse(property.Value.GetRawText());
            }

            return members;
        }
    }
}
