using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Intrinsics.Transformations.Rules;

/// <summary><c>merge_spans</c>: joins records of a group where one begins at the end of the one before.</summary>
/// <param name="path">Where.</param>
/// <param name="groups">Fields that make a group.</param>
/// <param name="begin">Field with the begin of the span.</param>
/// <param name="end">Field with its end.</param>
/// <param name="text">Field with its text; null where there is none.</param>
internal sealed class MergeSpansRule(JsonPath path, IReadOnlyList<string> groups, string begin, string end, string? text) : ReplacingRule("merge_spans", path)
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
                    throw Wrong(place, $"two spans of one group begin at {TextPrinter.Print(span.Begin, budget)}; expected spans that do not overlap");
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
