namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Finds what was meant by a word that is not among those that there are.</summary>
internal static class NearMiss
{
    /// <summary>The nearest word, whatever the case; null if none is near.</summary>
    public static string? Of(string word, IEnumerable<string> words) =>
        words.Select(candidate => (Word: candidate, Distance: Distance(word, candidate)))
            .Where(found => found.Distance <= MostOf(Math.Max(word.Length, found.Word.Length)))
            .OrderBy(found => found.Distance)
            .ThenBy(found => found.Word, StringComparer.Ordinal)
            .Select(found => found.Word)
            .FirstOrDefault();

    /// <summary><c> Did you mean X?</c>, or nothing if no word is near.</summary>
    public static string Question(string word, IEnumerable<string> words) => Of(word, words) is { } near ? $" Did you mean {near}?" : "";

    // Of three letters one may be wrong; of one or two none, as everything would be near.
    private static int MostOf(int length) => length < 3 ? 0 : length < 6 ? 1 : length < 12 ? 2 : 3;

    // Damerau and Levenshtein: insertions, deletions, replacements, and neighbours that changed places.
    private static int Distance(string from, string to)
    {
        string a = from.ToUpperInvariant();
        string b = to.ToUpperInvariant();
        int[,] costs = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    costs[i, j] = i + j;
                    continue;
                }

                int replaced = costs[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                int least = Math.Min(replaced, Math.Min(costs[i - 1, j], costs[i, j - 1]) + 1);
                bool areSwapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                costs[i, j] = areSwapped ? Math.Min(least, costs[i - 2, j - 2] + 1) : least;
            }
        }

        return costs[a.Length, b.Length];
    }
}
