using System.Globalization;
using System.Text;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>Texts of a megabyte of UTF-8, the same in every run.</summary>
internal static class BenchmarkTexts
{
    private const int Seed = 4;
    private const int MadeUpWords = 12;
    private static readonly string[] Syllables =
        ["ka", "lo", "men", "tri", "sta", "ver", "ou", "ing", "per", "qua", "el", "dor", "ish", "un", "fe", "tra"];

    /// <summary>
    /// Golden sentences (over a dozen languages, code, numbers) in turn with as many words that were made up,
    /// so that a cache of whole words helps as it does with ordinary text and no more.
    /// </summary>
    /// <param name="name">The vocabulary whose golden texts are taken.</param>
    /// <param name="bytes">Length.</param>
    /// <param name="isUsable">Which golden texts: those on which both tokenizers agree.</param>
    public static string Mixed(string name, int bytes, Func<string, bool> isUsable)
    {
        string[] sentences =
            [.. Vocabularies.Cases(name).Select(item => item.Text).Where(text => text.Length is > 10 and < 400 && isUsable(text))];
        Random random = new(Seed);
        StringBuilder text = new();
        for (int length = 0; length < bytes;)
        {
            int start = text.Length;
            text.Append(sentences[random.Next(sentences.Length)]).Append(' ');
            for (int i = 0; i < MadeUpWords; i++)
            {
                AppendWord(text, random);
            }

            text.Append(CultureInfo.InvariantCulture, $"{random.Next(100_000)}.\n");
            length += Encoding.UTF8.GetByteCount(text.ToString(start, text.Length - start));
        }

        return text.ToString();
    }

    /// <summary>A line of random letters: one piece, in which every pair of neighbours may merge.</summary>
    public static string Line(int length)
    {
        Random random = new(Seed);
        return string.Create(length, random, (characters, source) =>
        {
            foreach (ref char character in characters)
            {
                character = (char)('a' + source.Next(26));
            }
        });
    }

    private static void AppendWord(StringBuilder text, Random random)
    {
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            text.Append(Syllables[random.Next(Syllables.Length)]);
        }

        text.Append(' ');
    }
}
