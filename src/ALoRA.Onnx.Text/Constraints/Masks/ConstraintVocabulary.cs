using System.Text.Unicode;
using ALoRA.Onnx.Constraints.Patterns;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>
/// The tokens of a model by their bytes, split into those that can stand anywhere in a JSON string and all others. Thread-safe.
/// </summary>
internal sealed class ConstraintVocabulary
{
    /// <summary>Characters of the longest plain token.</summary>
    public const int MaxPlain = 128;

    // Two hundred thousand tokens have about two million bytes.
    private const long MaxBytes = 1 << 28;
    private const int MaxTrees = 16;

    private readonly byte[][] _bytes;
    private readonly ulong[]?[] _plainUpTo;

    // A tree takes about a megabyte at most, mostly for the ids of its tokens.
    private readonly RecentValues<Tree> _trees = new(MaxTrees);

    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="size">Length of a row of logits, <c>[vocab]</c>.</param>
    /// <exception cref="NotSupportedException">
    /// The tokenizer's decoder does more than to put the tokens' bytes behind each other.
    /// </exception>
    public ConstraintVocabulary(HfTokenizer tokenizer, int size)
    {
        if (!tokenizer.JoinsBytes)
        {
            throw new NotSupportedException(
                "The tokenizer's decoder puts spaces between tokens or removes what is in them, so that text can't be constrained token by "
                + "token. Generate without a constraint.");
        }

        Tokenizer = tokenizer;
        Size = size;
        _bytes = new byte[size][];
        List<(int, byte[])> plain = [];
        List<(int, byte[])> others = [];
        List<(int Id, int Length)> lengths = [];
        bool? drops = null;
        long total = 0;
        for (int id = 0; id < size; id++)
        {
            byte[] bytes = tokenizer.IsSpecial(id) ? [] : tokenizer.BytesOf(id).ToArray();
            _bytes[id] = bytes;
            total += bytes.Length;
            if (total > MaxBytes)
            {
                throw new InvalidOperationException(
                    $"The tokenizer's tokens have more than {MaxBytes} bytes together. Check the rules of decoder in tokenizer.json.");
            }

            // What the decoder does to one of them it does to all.
            drops ??= bytes is [(byte)' ', not (byte)' ', ..] ? !tokenizer.Decode([id]).StartsWith(' ') : null;
            if (bytes.Length > 0)
            {
                int characters = PlainCharacters(bytes);
                (characters > 0 ? plain : others).Add((id, bytes));
                if (characters > 0)
                {
                    lengths.Add((id, characters));
                }
            }
        }

        DropsFirstSpace = drops ?? false;
        Plain = new TokenTrie(plain);
        Others = new TokenTrie(others);
        MaxTokenBytes = Math.Max(Plain.MaxDepth, Others.MaxDepth);
        _plainUpTo = new ulong[]?[lengths.Select(token => token.Length).DefaultIfEmpty(0).Max() + 1];
        for (int length = 0; length < _plainUpTo.Length; length++)
        {
            ulong[] bits = _plainUpTo[length] = length == 0 ? new ulong[(size + 63) / 64] : [.. _plainUpTo[length - 1]!];
            foreach ((int id, int characters) in lengths)
            {
                if (characters == length)
                {
                    bits[id / 64] |= 1UL << (id % 64);
                }
            }
        }
    }

    public HfTokenizer Tokenizer { get; }

    /// <summary>Length of a row of logits.</summary>
    public int Size { get; }

    /// <summary>Tokens of whole characters that need no escape in a JSON string.</summary>
    public TokenTrie Plain { get; }

    /// <summary>All other tokens: with quotes, backslashes, control characters, or parts of characters. No special ones.</summary>
    public TokenTrie Others { get; }

    /// <summary>Whether a space at the very start of a text is not shown.</summary>
    public bool DropsFirstSpace { get; }

    /// <summary>Bytes of the longest token.</summary>
    public int MaxTokenBytes { get; }

    /// <summary>The bytes that a token adds to a text; none for special tokens.</summary>
    public ReadOnlySpan<byte> BytesOf(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : [];

    /// <summary>A bit for each id: plain tokens of up to so many characters.</summary>
    public ReadOnlySpan<ulong> PlainUpTo(int characters) => _plainUpTo[Math.Clamp(characters, 0, _plainUpTo.Length - 1)];

    /// <summary>
    /// The plain tokens by what a pattern can tell apart; null if that is too much. The trees of the patterns that were asked for last are
    /// kept, one for all patterns with the same classes.
    /// </summary>
    public ClassTrie? TreeOf(PatternAutomaton pattern) => CharacterClasses.Of(pattern) is CharacterClasses classes
        ? _trees.Get(classes.Key, () => new Tree(ClassTrie.Make(Plain, classes))).Trie
        : null;

    // Characters of a token that can stand anywhere in a string; 0 if it can't.
    private static int PlainCharacters(byte[] bytes)
    {
        if (bytes.AsSpan().IndexOfAny((byte)'"', (byte)'\\') >= 0
            || bytes.AsSpan().IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0
            || !Utf8.IsValid(bytes))
        {
            return 0;
        }

        int characters = bytes.Count(value => (value & 0xC0) != 0x80);
        return characters <= MaxPlain ? characters : 0;
    }

    private sealed record Tree(ClassTrie? Trie);
}
