using System.Runtime.CompilerServices;
using System.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Text;

/// <summary>GPT-2's alphabet: every byte written as one printable character (a space becomes <c>Ġ</c>).</summary>
internal static class ByteCharacters
{
    private static readonly char[] ToCharacter = Build();
    private static readonly short[] ToByte = Invert(ToCharacter);

    public static char Of(byte value) => ToCharacter[value];

    /// <summary>The byte a character stands for, or -1.</summary>
    public static int ByteOf(int codePoint) => codePoint < ToByte.Length ? ToByte[codePoint] : -1;

    /// <summary>The UTF-8 bytes of the text, each as its character and at the place of the code point it belongs to.</summary>
    public static AlignedText Encode(AlignedText source)
    {
        string text = source.Text;
        if (Ascii.IsValid(text))
        {
            return source.WithSameShape(string.Create(text.Length, text, (target, ascii) =>
            {
                for (int i = 0; i < ascii.Length; i++)
                {
                    target[i] = ToCharacter[ascii[i]];
                }
            }));
        }

        AlignedTextBuilder builder = new(source, text.Length);
        Append(builder, source, 0, text.Length);
        return builder.Build();
    }

    /// <summary>Appends the characters of a stretch's bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Append(AlignedTextBuilder builder, AlignedText source, int from, int to)
    {
        string text = source.Text;
        Span<byte> bytes = stackalloc byte[4];
        int units;
        for (int i = from; i < to; i += units)
        {
            int codePoint = CodePoints.At(text, i);
            units = CodePoints.Units(codePoint);
            int start = source.OriginalStart(i);
            int end = source.OriginalEnd(i + units - 1);
            int count = new Rune(codePoint).EncodeToUtf8(bytes);
            foreach (byte value in bytes[..count])
            {
                builder.Append(ToCharacter[value], start, end);
            }
        }
    }

    private static char[] Build()
    {
        char[] characters = new char[256];
        int next = 256;
        for (int value = 0; value < characters.Length; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            characters[value] = (char)(printable ? value : next++);
        }

        return characters;
    }

    private static short[] Invert(char[] characters)
    {
        short[] bytes = new short[characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < characters.Length; value++)
        {
            bytes[characters[value]] = (short)value;
        }

        return bytes;
    }
}
