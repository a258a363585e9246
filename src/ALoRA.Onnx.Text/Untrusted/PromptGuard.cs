using System.Text.Json.Nodes;
using ALoRA.Onnx.Tokenization.PostProcessing;

namespace ALoRA.Onnx.Untrusted;

/// <summary>
/// Keeps what values spell out apart from what the template writes: cuts the values, renders, and encodes with barriers at the cuts.
/// Values without anything of the kind take the plain way. Thread-safe.
/// </summary>
internal sealed class PromptGuard
{
    // What may bring parts of a value together that were not beside each other.
    private static readonly string[] Builders = ["replace", "striptags", "translate", "removeprefix", "removesuffix", "format"];
    private static readonly string[] CaseChanges = ["upper", "lower", "title", "capitalize", "swapcase", "casefold"];

    private readonly HfTokenizer _tokenizer;
    private readonly ChatTemplate _template;
    private readonly bool _changesCase;
    private readonly bool _builds;
    private readonly Lazy<TokenTexts> _marks;
    private InvocationText? _invocation;

    public PromptGuard(HfTokenizer tokenizer, ChatTemplate template)
    {
        _tokenizer = tokenizer;
        _template = template;
        _changesCase = CaseChanges.Any(Uses);
        _builds = Builders.Any(Uses) || (Uses("join") && Uses("split"));
        _marks = new Lazy<TokenTexts>(() => new TokenTexts(tokenizer.MarkTexts, _changesCase, template));
    }

    /// <summary>Checks and cuts values, and makes a prompt of them.</summary>
    /// <param name="values">The values; the first holds <c>messages</c>.</param>
    /// <param name="variablesOf">
    /// Makes the template's variables of the values, which may be other ones at each call; what it adds of its own is trusted.
    /// </param>
    /// <param name="options">How to encode.</param>
    /// <param name="cancellationToken">Cancels between rendering and encoding, and between the pieces of the text.</param>
    public EncodedPrompt Encode(
        IReadOnlyList<JsonNode?> values,
        Func<IReadOnlyList<JsonNode?>, JsonObject> variablesOf,
        PromptEncodingOptions options,
        CancellationToken cancellationToken)
    {
        CheckLength(values[0], options);
        cancellationToken.ThrowIfCancellationRequested();
        GuardedValues guarded = Guard(values, options);
        CutText text = Render(guarded, variablesOf, options);

        // A template may compare such values, as it does with kinds of things; a text that stays as it is says that it does not.
        MiddleCuts middles = guarded.HasMiddles ? MiddleCuts.All : MiddleCuts.None;
        for (; middles != MiddleCuts.None; middles--)
        {
            GuardedValues more = Guard(values, options, middles);
            CutText other = Render(more, variablesOf, options);
            if (string.Equals(other.Text, text.Text, StringComparison.Ordinal))
            {
                (guarded, text) = (more, other);
                break;
            }
        }

        EncodedPrompt prompt = Encode(text, options, cancellationToken);
        if (guarded.HasEnds)
        {
            // Where the template cuts an answer at the end of its reasoning, as it was trained, the end is no part of the prompt.
            GuardedValues trusting = Guard(values, options, middles, trustsEnds: true);
            EncodedPrompt other = Encode(Render(trusting, variablesOf, options), options, cancellationToken);
            prompt = CountMarks(other) <= CountMarks(prompt) ? other : prompt;
        }

        if (guarded.IsSuspicious)
        {
            Verify(prompt, values, variablesOf, options);
        }

        return prompt;
    }

    private static void CheckLength(long fewest, int most)
    {
        if (fewest > most)
        {
            throw new ArgumentException(
                $"The prompt has at least {fewest} tokens by its length alone, which do not fit into the context of {most}. Shorten it.");
        }
    }

    // Refuses messages that are too long for their number of characters alone.
    private void CheckLength(JsonNode? variables, PromptEncodingOptions options)
    {
        if (options.MaxTokens is not int most || (variables as JsonObject)?["messages"] is not JsonArray messages)
        {
            return;
        }

        // An answer's reasoning may be left out by the template. A first and a last token may belong to what is beside the content.
        long fewest = messages.OfType<JsonObject>()
            .Where(message => message["role"] is not JsonValue role
                || !role.TryGetValue(out string? name) || name is "user" or "system" or "tool")
            .Sum(message => message["content"] is JsonValue content && content.TryGetValue(out string? text)
                ? Math.Max(0, _tokenizer.FewestTokens(text) - 2L)
                : 0);
        CheckLength(fewest, most);
    }

    private GuardedValues Guard(
        IReadOnlyList<JsonNode?> values, PromptEncodingOptions options, MiddleCuts middles = MiddleCuts.None, bool trustsEnds = false)
    {
        if (options.SpecialTokens == SpecialTokenHandling.Parse)
        {
            return new GuardedValues(values, Mark: null, HasMiddles: false, HasEnds: false, IsSuspicious: false);
        }

        ValueGuard guard = GuardOf(options, middles, trustsEnds);
        bool isClean;
        try
        {
            isClean = values.Aggregate(true, (clean, value) => guard.IsClean(value) && clean);
        }
        catch (Exception exception) when (exception is InvalidOperationException or InsufficientExecutionStackException)
        {
            // No valid Unicode, or nested too deeply: the template's own sentence about it is the better one.
            foreach (JsonObject json in values.OfType<JsonObject>())
            {
                _template.Render(json, options.Template);
            }

            throw;
        }

        char? mark = isClean ? null : guard.FreeMark(values);
        return new GuardedValues(
            mark is char character ? [.. values.Select(value => guard.Cut(value, character))] : values,
            mark, guard.HasMiddles, guard.HasEnds, guard.MayBuild);
    }

    private CutText Render(
        GuardedValues guarded, Func<IReadOnlyList<JsonNode?>, JsonObject> variablesOf, PromptEncodingOptions options)
    {
        string rendered = _template.RenderWithDefaults(variablesOf(guarded.Values), options.Template) + options.Opening;
        List<int> barriers = [];
        string text = guarded.Mark is char mark ? Cuts.Remove(rendered, mark, barriers) : rendered;
        return new CutText(text, [.. barriers]);
    }

    private EncodedPrompt Encode(CutText text, PromptEncodingOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (options.MaxTokens is int most)
        {
            CheckLength(_tokenizer.FewestTokens(text.Text), most);
        }

        if (text.Barriers.Length == 0)
        {
            return new EncodedPrompt(_tokenizer.Encode(text.Text, cancellationToken), [], Places);
        }

        EncodedTokens tokens = _tokenizer.Encode(text.Text, text.Barriers, withDetails: false, cancellationToken);
        return new EncodedPrompt([.. tokens.Ids], text.Barriers, Places);

        // They are asked for where an adapter is looked for, and cost half as much again.
        List<EncodedToken> Places() => _tokenizer.Encode(text.Text, text.Barriers, withDetails: true, CancellationToken.None).Details;
    }

    // A filter that takes something out of a value, or puts parts of it together, could leave a token behind. Then there are more of them
    // than where the same values have letters in place of all that tokens begin and end with.
    private void Verify(
        EncodedPrompt prompt,
        IReadOnlyList<JsonNode?> values,
        Func<IReadOnlyList<JsonNode?>, JsonObject> variablesOf,
        PromptEncodingOptions options)
    {
        ValueGuard guard = GuardOf(options);
        JsonObject neutral = variablesOf([.. values.Select(guard.Neutral)]);
        Dictionary<int, int> allowed = _tokenizer.MarksIn(_template.RenderWithDefaults(neutral, options.Template) + options.Opening)
            .CountBy(id => id).ToDictionary();
        foreach ((int id, int count) in prompt.Ids.ToArray().Where(_tokenizer.IsMark).CountBy(id => id))
        {
            if (count > allowed.GetValueOrDefault(id))
            {
                string token = _tokenizer.TokenOf(id) ?? "";
                throw new SpecialTokenException(
                    $"The chat template {_template.Source} makes the special token {PythonJson.PrintValue(token)} "
                    + "out of parts of the values, "
                    + "so that it can't stay text. Take its parts out of the values, or encode them with "
                    + $"{nameof(SpecialTokenHandling)}.{nameof(SpecialTokenHandling.Parse)} if they are trusted.",
                    messageIndex: null,
                    field: null,
                    token);
            }
        }
    }

    private int CountMarks(EncodedPrompt prompt) => prompt.Ids.ToArray().Count(_tokenizer.IsMark);

    // As a method or as a filter; too often is no harm.
    private bool Uses(string name)
    {
        for (int at = _template.Text.IndexOf(name, StringComparison.Ordinal); at >= 0;
            at = _template.Text.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            if (_template.Text.AsSpan(0, at).TrimEnd() is [.., '.' or '|'])
            {
                return true;
            }
        }

        return false;
    }

    private ValueGuard GuardOf(PromptEncodingOptions options, MiddleCuts middles = MiddleCuts.None, bool trustsEnds = false)
    {
        List<TokenTexts> texts = [_marks.Value];

        // An invocation with an added token in it can't come from a value anyway.
        if (options.Invocation.Count > 0 && !options.Invocation.Any(_tokenizer.IsMark)
            && _tokenizer.Decode([.. options.Invocation]).Trim() is { Length: > 0 } invocation)
        {
            // Most prompts of a model are for the same adapter.
            if (_invocation is not { } known || known.Text != invocation)
            {
                _invocation = known = new InvocationText(invocation, new TokenTexts([invocation], _changesCase, _template));
            }

            texts.Add(known.Tokens);
        }

        return new ValueGuard(
            texts, options.SpecialTokens == SpecialTokenHandling.Reject, _template.Text, options.Trusted)
        {
            Middles = middles,
            SeesBuilders = _builds,
            TrustsEnds = trustsEnds,
            FindMore = _tokenizer.HasNormalizedMarks ? _tokenizer.FindNormalizedMarks : null,
        };
    }

    /// <summary>A rendered text, and the places in it that no token of an added vocabulary reaches over.</summary>
    private readonly record struct CutText(string Text, int[] Barriers);

    /// <summary>An invocation's text, prepared.</summary>
    private sealed record InvocationText(string Text, TokenTexts Tokens);
}
