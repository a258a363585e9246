namespace ALoRA.Onnx.Cli.Export;

/// <summary>Cuts documents into pieces that a model reads one by one, each from an empty context.</summary>
internal static class TokenWindows
{
    // A single token predicts nothing that could be compared with the text.
    private const int Shortest = 2;

    /// <summary>Windows of at most <paramref name="length"/> ids in order, until <paramref name="limit"/> ids are taken.</summary>
    public static IReadOnlyList<int[]> Cut(IEnumerable<int[]> documents, int length, int limit)
    {
        List<int[]> windows = [];
        int left = limit;
        foreach (int[] window in documents.SelectMany(document => document.Chunk(length)))
        {
            int[] taken = window.Length <= left ? window : window[..left];
            if (taken.Length >= Shortest)
            {
                windows.Add(taken);
            }

            left -= taken.Length;
            if (left == 0)
            {
                break;
            }
        }

        return windows;
    }
}
