using System.Numerics;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Intrinsics.Transformations;

/// <summary>
/// One step from the model's answer to the result, at every place that its path matches; nothing happens where there is none.
/// </summary>
internal abstract class ResultRule(string name, JsonPath path)
{
    /// <summary>Which values it changes.</summary>
    protected JsonPath Path { get; } = path;

    /// <summary>Applies the rule.</summary>
    /// <param name="root">The value behind the rules before; may be changed.</param>
    /// <param name="answer">What the model wrote.</param>
    /// <param name="budget">Bound of the work.</param>
    /// <exception cref="IntrinsicFormatException">The value does not fit the rule.</exception>
    public abstract object? Apply(object? root, ModelAnswer answer, Budget budget);

    /// <summary>The exception for a value that the rule can't take.</summary>
    protected IntrinsicFormatException Wrong(ReadOnlySpan<object> place, string problem) =>
        new($"The rule '{name}' at {JsonPath.Format(place)}: {problem}.");

    /// <summary>The items of a list of records.</summary>
    protected IEnumerable<DictValue> Records(object? value, object[] place)
    {
        ListValue list = value as ListValue ?? throw Wrong(place, $"expected a list of records, got {PythonType.NameOf(value)}");
        return list.Items.Select(
            (item, i) => item as DictValue ?? throw Wrong([.. place, (long)i], $"expected a record, got {PythonType.NameOf(item)}"));
    }

    /// <summary>A field of a record, which must have it.</summary>
    protected object? Field(DictValue record, string field, object[] place) =>
        record.TryGet(field, out object? value) ? value : throw Wrong(place, $"a record has no field '{field}'");
}

/// <summary>A rule that makes another value out of a value, without looking at anything else.</summary>
internal abstract class ReplacingRule(string name, JsonPath path) : ResultRule(name, path)
{
    public sealed override object? Apply(object? root, ModelAnswer answer, Budget budget)
    {
        foreach (object[] place in Path.Find(root))
        {
            root = JsonPath.Set(root, place, Replace(JsonPath.Get(root, place), place, budget));
        }

        return root;
    }

    /// <summary>The new value of a place.</summary>
    protected abstract object? Replace(object? value, object[] place, Budget budget);
}

/// <summary><c>nest</c>: wraps a value into a record with one field.</summary>
internal sealed class NestRule(JsonPath path, string field) : ReplacingRule("nest", path)
{
    protected override object? Replace(object? value, object[] place, Budget budget)
    {
        DictValue record = new(budget);
        record.Set(field, value);
        return record;
    }
}

/// <summary>
/// <c>project</c>: keeps some fields of a record, or of every record of a list, under new names; a missing one becomes null.
/// </summary>
/// <param name="path">Where.</param>
/// <param name="fields">Old and new names.</param>
internal sealed class ProjectRule(JsonPath path, IReadOnlyList<(string Old, string New)> fields) : ReplacingRule("project", path)
{
    protected override object? Replace(object? value, object[] place, Budget budget) => value is DictValue record
        ? Project(record, budget)
        : new ListValue([.. Records(value, place).Select(item => Project(item, budget))]);

    private DictValue Project(DictValue record, Budget budget)
    {
        DictValue projected = new(budget);
        foreach ((string oldName, string newName) in fields)
        {
            projected.Set(newName, record.TryGet(oldName, out object? value) ? value : null);
        }

        return projected;
    }
}

/// <summary><c>explode</c>: one record for each element of a record's list; none for an empty list.</summary>
internal sealed class ExplodeRule(JsonPath path, string field) : ReplacingRule("explode", path)
{
    protected override object? Replace(object? value, object[] place, Budget budget)
    {
        List<object?> records = [];
        foreach (DictValue record in Records(value, place))
        {
            ListValue elements = Field(record, field, place) as ListValue
                ?? throw Wrong(place, $"the field '{field}' of a record is no list");
            foreach (object? element in elements.Items)
            {
                DictValue copy = record.Copy(budget);
                copy.Set(field, element);
                records.Add(copy);
            }
        }

        return new ListValue([.. records]);
    }
}

/// <summary><c>drop_duplicates</c>: of records that are equal in some fields the last one stays, at the position of the first.</summary>
internal sealed class DropDuplicatesRule(JsonPath path, IReadOnlyList<string> fields) : ReplacingRule("drop_duplicates", path)
{
    protected override object? Replace(object? value, object[] place, Budget budget)
    {
        DictValue records = new(budget);
        foreach (DictValue record in Records(value, place))
        {
            records.Set(new TupleValue([.. fields.Select(field => Field(record, field, place))]), record);
        }

        return new ListValue([.. records.Values]);
    }
}

/// <summary><c>merge_spans</c>: joins records of a group where one begins at the end of the one before.</summary>
/// <param name="path">Where.</param>
/// <param name="groups">Fields that make a group.</param>
/// <param name="begin">Field with the begin of the span.</param>
/// <param name="end">Field with its end.</param>
/// <param name="text">Field with its text; null where there is none.</param>
internal sealed class MergeSpansRule(JsonPath path, IReadOnlyList<string> groups, string begin, string end, string? text)
    : ReplacingRule("merge_spans", path)
{
    protected override object? Replace(object? value, object[] place, Budget budget)
    {
        List<Span> spans = [];
        foreach (DictValue record in Records(value, place))
        {
            Check(record, place);
            TupleValue group = new([.. groups.Select(field => record.TryGet(field, out object? part) ? part : null)]);
            spans.Add(new Span(record, group, Field(record, begin, place)));
        }

        List<object?> merged = [];
        Span? current = null;
        foreach (Span span in Sort(spans, budget))
        {
            if (current is { } open && PythonEquality.AreEqual(open.Group, span.Group, budget))
            {
                if (PythonEquality.AreEqual(open.Begin, span.Begin, budget))
                {
                    throw Wrong(
                        place,
                        $"two spans of one group begin at {TextPrinter.Print(span.Begin, budget)}; expected spans that do not overlap");
                }

                if (PythonEquality.AreEqual(Field(open.Record, end, place), span.Begin, budget))
                {
                    Extend(open.Record, span.Record, place);
                    current = open with { Begin = span.Begin };
                    continue;
                }
            }

            DictValue copy = span.Record.Copy(budget);
            merged.Add(copy);
            current = span with { Record = copy };
        }

        return new ListValue([.. merged]);
    }

    private void Check(DictValue record, object[] place)
    {
        foreach (string field in text is null ? [begin, end] : new[] { begin, end, text })
        {
            if (!record.TryGet(field, out object? value) || value is null)
            {
                throw Wrong(place, $"the field '{field}' of a span is missing or null");
            }
        }

        foreach (string field in record.Keys.Cast<string>())
        {
            if (field != begin && field != end && field != text && !groups.Contains(field, StringComparer.Ordinal))
            {
                throw Wrong(place, $"a span has the field '{field}'; expected only the fields of group and span");
            }
        }
    }

    private void Extend(DictValue open, DictValue next, object[] place)
    {
        open.Set(end, Field(next, end, place));
        if (text is not null)
        {
            open.Set(text, Field(open, text, place) is string before && Field(next, text, place) is string after
                ? before + after
                : throw Wrong(place, $"the field '{text}' of a span is no text"));
        }
    }

    // By the parts of the group, then by begin; what can't be ordered is a failure, as in Python.
    private static IEnumerable<Span> Sort(List<Span> spans, Budget budget) => StableSort
        .Sort([.. spans], [.. spans.Select(span => new TupleValue([.. span.Group.Items, span.Begin]))], reverse: false, budget)
        .Cast<Span>();

    private sealed record Span(DictValue Record, TupleValue Group, object? Begin);
}

/// <summary><c>decode_sentences</c>: adds what a sentence number stands for beside it.</summary>
/// <param name="path">Where the numbers are.</param>
/// <param name="sources">Where the sentences are.</param>
/// <param name="outputs">Fields to add: what and under which name, in the definition's order.</param>
internal sealed class DecodeSentencesRule(JsonPath path, SentenceSources sources, IReadOnlyList<(SentenceFact Fact, string Name)> outputs)
    : ResultRule("decode_sentences", path)
{
    public override object? Apply(object? root, ModelAnswer answer, Budget budget)
    {
        IReadOnlyList<MarkedSentence> sentences =
            sources.Read(answer.Request ?? throw Wrong([], "the sentences are in the rewritten request, which was not given"));
        foreach (object[] place in Path.Find(root))
        {
            if (place.Length == 0 || JsonPath.Get(root, place.AsSpan(0, place.Length - 1)) is not DictValue parent)
            {
                throw Wrong(place, "a sentence number should be the field of a record");
            }

            MarkedSentence sentence = Find(sentences, JsonPath.Get(root, place), place);
            DictValue extended = parent.Copy(budget);
            foreach ((SentenceFact fact, string name) in outputs)
            {
                extended.Set(name, sentence.Get(fact));
            }

            root = JsonPath.Set(root, place.AsSpan(0, place.Length - 1), extended);
        }

        return root;
    }

    private MarkedSentence Find(IReadOnlyList<MarkedSentence> sentences, object? value, object[] place)
    {
        BigInteger number = PythonInteger.Of(value) ?? throw Wrong(place, $"expected a sentence number, got {PythonType.NameOf(value)}");
        BigInteger index = number < 0 ? number + sentences.Count : number;
        return index >= 0 && index < sentences.Count
            ? sentences[(int)index]
            : throw Wrong(place, $"there is no sentence {number}; the request has {sentences.Count}");
    }
}

/// <summary>
/// <c>likelihood</c>: replaces a literal by the expected value over the categories that its first token could have begun.
/// </summary>
/// <param name="path">Where.</param>
/// <param name="categories">The categories' values, in the definition's order; 1, 1.0 and true are one category.</param>
internal sealed class LikelihoodRule(JsonPath path, DictValue categories) : ResultRule("likelihood", path)
{
    public override object? Apply(object? root, ModelAnswer answer, Budget budget)
    {
        IReadOnlyList<ResponseLogprobs.Token> tokens = answer.Logprobs?.Tokens
            ?? throw Wrong([], "the response has no log-probabilities. Ask for them with logprobs true and top_logprobs 10");
        Dictionary<int, int> begins = [];
        int length = 0;
        for (int i = 0; i < tokens.Count; i++)
        {
            // Of tokens that begin at one place, all but the last are empty.
            begins[length] = i;
            length += CodePoints.Count(tokens[i].Text);
        }

        foreach (object[] place in Path.Find(root))
        {
            object? value = JsonPath.Get(root, place);
            AnswerNode literal = answer.Root.FindLiteral(place) is { } written && PythonEquality.AreEqual(value, written.Value, budget)
                ? written
                : throw Wrong(place, "the value is not one that the model wrote there, so that no tokens belong to it");
            int position = answer.PositionOf(literal);
            root = JsonPath.Set(root, place, begins.TryGetValue(position, out int token)
                ? Expected(literal.Value, tokens[token], budget)
                : OfWholeToken(literal.Value, place, Covering(tokens, begins, position)));
        }

        return root;
    }

    private double Expected(object? value, ResponseLogprobs.Token token, Budget budget)
    {
        double total = 0;
        double sum = 0;
        void Weigh(object? category, double logprob)
        {
            double weight = Math.Exp(logprob);
            total += weight;
            sum += weight * PythonArithmetic.ToFloat(category);
        }

        if (categories.TryGet(value, out object? own))
        {
            Weigh(own, token.Logprob);
        }

        foreach ((string text, double logprob) in token.Top)
        {
            // The token itself is mostly among its alternatives and counts once.
            if (text != token.Text && FirstWithPrefix(text, budget) is { } category)
            {
                Weigh(category, logprob);
            }
        }

        return total > 0 ? sum / total : 0.0;
    }

    private object? FirstWithPrefix(string prefix, Budget budget) => categories.Pairs
        .Where(category => TextPrinter.Print(category.Key, budget).StartsWith(prefix, StringComparison.Ordinal))
        .Select(category => category.Value)
        .FirstOrDefault();

    private static ResponseLogprobs.Token? Covering(IReadOnlyList<ResponseLogprobs.Token> tokens, Dictionary<int, int> begins, int position)
    {
        while (position > 0 && !begins.ContainsKey(position))
        {
            position--;
        }

        return begins.TryGetValue(position, out int token) ? tokens[token] : null;
    }

    // The token has no alternatives for the literal alone.
    private object? OfWholeToken(object? value, object[] place, ResponseLogprobs.Token? token)
    {
        string literal = PythonJson.PrintValue(value);
        return token is not null && token.Text.EndsWith(literal, StringComparison.Ordinal)
            ? categories.TryGet(value, out object? category) ? category : throw Wrong(place, $"{literal} is none of the categories")
            : throw Wrong(place, $"no token begins at the value {literal}, and none ends with it");
    }
}
