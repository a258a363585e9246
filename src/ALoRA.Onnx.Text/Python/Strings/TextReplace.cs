using System.Text;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Strings;

/// <summary>Python's <c>replace</c>, <c>join</c>, <c>removeprefix</c> and <c>removesuffix</c>.</summary>
internal static class TextReplace
{
    public static string Replace(string text, string old, string replacement, int count, Budget budget)
    {
        if (count == 0 || (old.Length > text.Length) || (old.Length == 0 && replacement.Length == 0))
        {
            return text;
        }

        int limit = count < 0 ? int.MaxValue : count;
        if (old.Length == 0)
        {
            return Interleave(text, replacement, limit, budget);
        }

        long occurrences = Math.Min(text.AsSpan().Count(old), limit);
        budget.Characters(text.Length + (occurrences * ((long)replacement.Length - old.Length)));
        if (limit == int.MaxValue)
        {
            return text.Replace(old, replacement, StringComparison.Ordinal);
        }

        StringBuilder result = new();
        int start = 0;
        for (long i = 0; i < occurrences; i++)
        {
            int found = text.IndexOf(old, start, StringComparison.Ordinal);
            result.Append(text, start, found - start).Append(replacement);
            start = found + old.Length;
        }

        return result.Append(text, start, text.Length - start).ToString();
    }

    public static string Join(string separator, object? items, Budget budget)
    {
        StringBuilder result = new();
        long index = 0;
        foreach (object? item in PythonIteration.Of(items, budget))
        {
            string text = PythonText.Of(item)
                ?? throw TemplateFailure.Type($"sequence item {index}: expected str instance, {PythonType.NameOf(item)} found");
            Append(result, index++ == 0 ? "" : separator, text, budget);
        }

        return result.ToString();
    }

    public static void Append(StringBuilder result, string separator, string text, Budget budget)
    {
        budget.Step();
        budget.Growth(result.Length, separator.Length + text.Length);
        result.Append(separator).Append(text);
    }

    public static string RemoveAffix(string text, Arguments arguments, string function)
    {
        object? argument = arguments.BindPositional(function, 1, 1)[0];
        string affix = PythonText.Of(argument)
            ?? throw TemplateFailure.Type($"{function}() argument must be str, not {PythonType.NameOf(argument)}");
        return function == "removeprefix"
            ? text.StartsWith(affix, StringComparison.Ordinal) ? text[affix.Length..] : text
            : affix.Length > 0 && text.EndsWith(affix, StringComparison.Ordinal) ? text[..^affix.Length] : text;
    }

    private static string Interleave(string text, string replacement, int limit, Budget budget)
    {
        int count = CodePoints.Count(text);
        budget.Characters(text.Length + (Math.Min((long)count + 1, limit) * replacement.Length));
        StringBuilder result = new();
        int done = 0;
        for (int i = 0; i < text.Length;)
        {
            int length = CodePoints.LengthAt(text, i);
            result.Append(done++ < limit ? replacement : "").Append(text, i, length);
            i += length;
        }

        return result.Append(done < limit ? replacement : "").ToString();
    }
}
