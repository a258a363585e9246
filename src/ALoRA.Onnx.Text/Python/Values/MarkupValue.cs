using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Text marked as safe HTML (<c>safe</c>, <c>escape</c>): a string whose operators escape the other operand.</summary>
internal sealed class MarkupValue(string text) : TemplateValue
{
    public string Text { get; } = text;

    public override string TypeName => "Markup";

    public override bool IsTrue => Text.Length > 0;

    public override int? Length => CodePoints.Count(Text);

    public override bool IsIterable => true;

    /// <summary>Escapes a value: markup stays, everything else is printed with <c>&amp; &lt; &gt; ' "</c> replaced.</summary>
    public static MarkupValue Escape(object? value, Budget budget) => value as MarkupValue
        ?? new(EscapeText(TextPrinter.Print(value, budget), budget));

    public static string EscapeText(string text, Budget budget)
    {
        int special = text.AsSpan().IndexOfAny("&<>'\"");
        if (special < 0)
        {
            return text;
        }

        budget.Characters(text.Length * 5L);
        return text.Replace("&", "&amp;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal)
            .Replace("\"", "&#34;", StringComparison.Ordinal);
    }

    // Python iterates a str subclass by its plain characters.
    public override IEnumerable<object?> Iterate(Budget budget) => PythonIteration.Of(Text, budget);

    public override IEnumerable<object?>? Reversed(Budget budget) => PythonIteration.Reversed(Text, budget);

    public override bool TryGetItem(object? key, Budget budget, out object? value)
    {
        bool found = PythonItem.TryGet(Text, key, budget, out value);
        value = value is string text ? new MarkupValue(text) : value;
        return found;
    }

    public override void Represent(TextPrinter printer)
    {
        printer.Append("Markup(");
        printer.Represent(Text);
        printer.Append(")");
    }
}
