using System.Globalization;
using System.Text;

namespace ALoRA.Onnx.Untrusted;

/// <summary>Marks at places of a text, while it goes through a template.</summary>
internal static class Cuts
{
    private const int EscapeLength = 6;

    /// <summary>Puts the mark at places, which may come in any order and several times.</summary>
    public static string Insert(string value, IReadOnlyCollection<int> places, char mark)
    {
        if (places.Count == 0)
        {
            return value;
        }

        StringBuilder text = new(value.Length + places.Count);
        int copied = 0;
        foreach (int place in places.Distinct().Order())
        {
            text.Append(value, copied, place - copied).Append(mark);
            copied = place;
        }

        return text.Append(value, copied, value.Length - copied).ToString();
    }

    /// <summary>Takes the marks out, also those that a filter wrote as an escape of JSON, and notes where they were.</summary>
    /// <param name="rendered">The text.</param>
    /// <param name="mark">The mark.</param>
    /// <param name="places">Gets ascending places, none of them twice.</param>
    public static string Remove(string rendered, char mark, List<int> places)
    {
        string escape = EscapeOf(mark);
        bool isEscaped = rendered.Contains(escape, StringComparison.OrdinalIgnoreCase);
        StringBuilder text = new(rendered.Length);
        for (int i = 0; i < rendered.Length;)
        {
            int next = rendered.IndexOf(mark, i);
            int escaped = isEscaped ? rendered.IndexOf(escape, i, StringComparison.OrdinalIgnoreCase) : -1;
            bool takesEscape = escaped >= 0 && (next < 0 || escaped < next);
            int end = takesEscape ? escaped : next < 0 ? rendered.Length : next;
            text.Append(rendered, i, end - i);
            if (end < rendered.Length && (places.Count == 0 || places[^1] != text.Length))
            {
                places.Add(text.Length);
            }

            i = end + (takesEscape ? EscapeLength : 1);
        }

        return text.ToString();
    }

    /// <summary>Whether a text has the mark or what JSON may write for it.</summary>
    public static bool Holds(string text, char mark) =>
        text.Contains(mark, StringComparison.Ordinal) || text.Contains(EscapeOf(mark)[1..], StringComparison.OrdinalIgnoreCase);

    private static string EscapeOf(char mark) => "\\u" + ((int)mark).ToString("x4", CultureInfo.InvariantCulture);
}
