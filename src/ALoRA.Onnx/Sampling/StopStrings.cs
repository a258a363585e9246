using System.Text;

namespace ALoRA.Onnx.Sampling;

/// <summary>Finds stop strings in streamed text, holding back what may turn out to be the start of one.</summary>
internal sealed class StopStrings(IReadOnlyList<string> stops)
{
    private readonly StringBuilder _held = new();

    /// <summary>Whether one was found; nothing is given out any more.</summary>
    public bool IsFound { get; private set; }

    /// <summary>Takes a piece of text and gives out what is certainly before any stop string.</summary>
    public string Push(string piece)
    {
        if (IsFound || stops.Count == 0)
        {
            return IsFound ? "" : piece;
        }

        string text = _held.Append(piece).ToString();
        _held.Clear();
        int found = stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(index => index >= 0).DefaultIfEmpty(-1).Min();
        if (found >= 0)
        {
            IsFound = true;
            return text[..found];
        }

        int safe = text.Length - stops.Max(stop => OverlapAtEnd(text, stop));
        _held.Append(text, safe, text.Length - safe);
        return text[..safe];
    }

    /// <summary>Gives out what was held back, at the end of the text.</summary>
    public string Flush()
    {
        string text = _held.ToString();
        _held.Clear();
        return text;
    }

    // Length of the longest end of the text that starts the stop string.
    private static int OverlapAtEnd(string text, string stop)
    {
        for (int length = Math.Min(text.Length, stop.Length - 1); length > 0; length--)
        {
            if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
            {
                return length;
            }
        }

        return 0;
    }
}
