namespace ALoRA.Onnx.Intrinsics.Sentences;

/// <summary>Cuts a stretch of text into tokens: words, runs of dashes or dots, and single marks. Dots stay in their word.</summary>
internal static class WordTokens
{
    public static List<string> Of(string text)
    {
        List<string> tokens = [];
        foreach (string line in text.Split('\n'))
        {
            for (int i = 0; i < line.Length;)
            {
                if (PunktCharacters.IsSpace(line[i]))
                {
                    i++;
                    continue;
                }

                int length = LengthOfRun(line, i) is > 0 and int run ? run : LengthOfWord(line, i);
                tokens.Add(line.Substring(i, length));
                i += length;
            }
        }

        return tokens;
    }

    // Two or more dashes, two or more dots, or three or more dots with one white space between each.
    private static int LengthOfRun(string line, int start)
    {
        char c = line[start];
        if (c is not ('-' or '.'))
        {
            return 0;
        }

        int same = 1;
        while (start + same < line.Length && line[start + same] == c)
        {
            same++;
        }

        if (same > 1 || c == '-')
        {
            return same > 1 ? same : 0;
        }

        int length = 1;
        while (start + length + 1 < line.Length && PunktCharacters.IsSpace(line[start + length]) && line[start + length + 1] == '.')
        {
            length += 2;
        }

        return length >= 5 ? length : 0;
    }

    private static int LengthOfWord(string line, int start)
    {
        if (!PunktCharacters.MayBeginWord(line[start]))
        {
            return 1;
        }

        int end = start + 1;
        while (!EndsWord(line, end))
        {
            end++;
        }

        return end - start;
    }

    private static bool EndsWord(string line, int position) => EndsWordWithoutComma(line, position)
        || (line[position] == ',' && EndsWordWithoutComma(line, position + 1));

    private static bool EndsWordWithoutComma(string line, int position) =>
        position >= line.Length
            || PunktCharacters.IsSpace(line[position])
            || PunktCharacters.IsPunctuation(line[position])
            || BeginsRun(line, position);

    // As LengthOfRun > 0, without walking through the run.
    private static bool BeginsRun(string line, int i) => line[i] switch
    {
        '-' => i + 1 < line.Length && line[i + 1] == '-',
        '.' => i + 1 < line.Length && (line[i + 1] == '.'
            || (i + 4 < line.Length && PunktCharacters.IsSpace(line[i + 1]) && line[i + 2] == '.' && PunktCharacters.IsSpace(line[i + 3])
                && line[i + 4] == '.')),
        _ => false,
    };
}
