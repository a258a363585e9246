using System.Text;
using ALoRA.Onnx.Constraints.Automata;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>Finds text that is without a choice, and its tokens. Not thread-safe.</summary>
/// <remarks>
/// The tokens are those that the tokenizer makes of the text behind the token before. From the first place on where a token could
/// also reach beyond the text, the model decides: such a token may be the one that the tokenizer makes of the whole.
/// </remarks>
internal sealed class ForcedSpans(ConstraintVocabulary vocabulary, LazyAutomaton automaton, MaskCache masks)
{
    private const int MaxBytes = 4096;
    private const int MaxKnown = 4096;
    private readonly Dictionary<(int State, int Last), int[]> _known = [];

    /// <summary>
    /// The tokens of the text that must follow a state; none if there is a choice at once,
    /// or the text can't be tokenized so that it joins what is before.
    /// </summary>
    public ReadOnlySpan<int> After(int state, int last)
    {
        if (!_known.TryGetValue((state, last), out int[]? tokens))
        {
            if (_known.Count >= MaxKnown)
            {
                _known.Clear();
            }

            tokens = Find(state, last);
            _known.Add((state, last), tokens);
        }

        return tokens;
    }

    public void Clear() => _known.Clear();

    private int[] Find(int state, int last)
    {
        List<byte> text = [];
        int end = state;
        while (text.Count < MaxBytes && OnlyByte(end) is byte value)
        {
            text.Add(value);
            end = automaton.Step(end, value);
        }

        if (text.Count == 0 || Tokenize(text.ToArray(), last) is not int[] tokens)
        {
            return [];
        }

        int kept = 0;
        int behind = 0;
        while (kept < tokens.Length && !masks.HasTokenBeyond(text.ToArray().AsSpan(behind), end))
        {
            behind += vocabulary.BytesOf(tokens[kept++]).Length;
        }

        return tokens[..kept];
    }

    // The byte that must come next; null if there are several, or the text may end.
    private byte? OnlyByte(int state)
    {
        if (automaton.IsComplete(state))
        {
            return null;
        }

        int only = -1;
        for (int value = 0; value < 256; value++)
        {
            if (automaton.Step(state, (byte)value) != LazyAutomaton.Dead)
            {
                if (only >= 0)
                {
                    return null;
                }

                only = value;
            }
        }

        return only < 0 ? null : (byte)only;
    }

    // Behind the token before; else alone; else behind a line break, which keeps tokenizers from putting a space in front.
    private int[]? Tokenize(byte[] text, int last)
    {
        string forced = Encoding.UTF8.GetString(text);
        string before = last < 0 ? "" : Encoding.UTF8.GetString(vocabulary.BytesOf(last));
        foreach (string context in (string[])[before, "", "\n"])
        {
            if (Suffix(vocabulary.Tokenizer.Encode(context + forced, specialTokensAsText: true), text) is int[] tokens)
            {
                return tokens;
            }
        }

        return null;
    }

    // The last tokens, if they are exactly the text.
    private int[]? Suffix(int[] tokens, byte[] text)
    {
        int end = text.Length;
        int start = tokens.Length;
        while (start > 0 && end > 0)
        {
            ReadOnlySpan<byte> bytes = vocabulary.BytesOf(tokens[start - 1]);
            if (bytes.IsEmpty || bytes.Length > end || !text.AsSpan(end - bytes.Length, bytes.Length).SequenceEqual(bytes))
            {
                return null;
            }

            end -= bytes.Length;
            start--;
        }

        return end == 0 ? tokens[start..] : null;
    }
}
