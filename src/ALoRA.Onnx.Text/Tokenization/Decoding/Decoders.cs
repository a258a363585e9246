using System.Text;
using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Tokenization.Models;
using ALoRA.Onnx.Tokenization.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Decoding;

/// <summary>A stage that turns token texts into readable text. Thread-safe.</summary>
internal abstract class TokenDecoder
{
    /// <summary>Rewrites the token texts; joined, they are the text.</summary>
    public abstract List<string> Decode(List<string> tokens);

    /// <summary>Whether a token reads the same wherever it stands, but for the start of the text.</summary>
    public virtual bool JoinsBytes => true;

    /// <summary>What the stage makes of a token that stands neither first nor last.</summary>
    public virtual string DecodeInside(string token) => token;

    /// <summary>The bytes a token stands for, where the stage maps tokens to bytes; null if it does not.</summary>
    public virtual byte[]? BytesOf(string token) => null;
}

/// <summary>Turns the suffix that ends a word into a space, except behind the last token.</summary>
internal sealed class BpeDecoder(string suffix) : TokenDecoder
{
    public override bool JoinsBytes => false;

    public override List<string> Decode(List<string> tokens)
    {
        List<string> decoded = tokens.ConvertAll(DecodeInside);
        if (decoded.Count > 0)
        {
            decoded[^1] = tokens[^1].Replace(suffix, "", StringComparison.Ordinal);
        }

        return decoded;
    }

    public override string DecodeInside(string token) => token.Replace(suffix, " ", StringComparison.Ordinal);
}

/// <summary>Joins neighbouring byte tokens to characters. If together they are not UTF-8, each becomes U+FFFD.</summary>
internal sealed class ByteFallbackDecoder : TokenDecoder
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override List<string> Decode(List<string> tokens)
    {
        List<string> decoded = new(tokens.Count);
        List<byte> bytes = [];
        foreach (string token in tokens)
        {
            if (ByteTokens.TryParse(token, out byte value))
            {
                bytes.Add(value);
                continue;
            }

            Flush(bytes, decoded);
            decoded.Add(token);
        }

        Flush(bytes, decoded);
        return decoded;
    }

    public override byte[]? BytesOf(string token) => ByteTokens.TryParse(token, out byte value) ? [value] : null;

    private static void Flush(List<byte> bytes, List<string> decoded)
    {
        if (bytes.Count == 0)
        {
            return;
        }

        try
        {
            decoded.Add(Strict.GetString([.. bytes]));
        }
        catch (DecoderFallbackException)
        {
            decoded.AddRange(Enumerable.Repeat("\uFFFD", bytes.Count));
        }

        bytes.Clear();
    }
}

/// <summary>Reads GPT-2's byte characters back. A token with any other character stands for its own UTF-8 bytes.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        List<byte> bytes = [];
        foreach (string token in tokens)
        {
            bytes.AddRange(BytesOf(token));
        }

        return [Encoding.UTF8.GetString([.. bytes])];
    }

    public override byte[] BytesOf(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            int value = ByteCharacters.ByteOf(CodePoints.At(token, i));
            if (value < 0)
            {
                return Encoding.UTF8.GetBytes(token);
            }

            bytes[i] = (byte)value;
        }

        return bytes;
    }
}

/// <summary>Connectionist temporal classification: drops repeats and padding, turns delimiters into spaces.</summary>
internal sealed class CtcDecoder(string padToken, string wordDelimiterToken, bool cleanup) : TokenDecoder
{
    public override bool JoinsBytes => false;

    public override List<string> Decode(List<string> tokens)
    {
        List<string> decoded = [];
        for (int i = 0; i < tokens.Count; i++)
        {
            if (i > 0 && tokens[i] == tokens[i - 1])
            {
                continue;
            }

            string text = DecodeInside(tokens[i]);
            if (text.Length > 0)
            {
                decoded.Add(text);
            }
        }

        return decoded;
    }

    public override string DecodeInside(string token)
    {
        string text = token.Replace(padToken, "", StringComparison.Ordinal);
        return cleanup ? EnglishCleanup.Apply(text).Replace(wordDelimiterToken, " ", StringComparison.Ordinal) : text;
    }
}

/// <summary>Joins all tokens, so that the stages behind it see one.</summary>
internal sealed class FuseDecoder : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) => [string.Concat(tokens)];
}

/// <summary>Turns the meta character back into spaces; in the first token it vanishes if one was put there when encoding.</summary>
internal sealed class MetaspaceDecoder(Rune replacement, bool prependedAtStart) : TokenDecoder
{
    private readonly string _replacement = replacement.ToString();

    public override List<string> Decode(List<string> tokens)
    {
        List<string> decoded = tokens.ConvertAll(DecodeInside);
        if (decoded.Count > 0 && prependedAtStart)
        {
            decoded[0] = tokens[0].Replace(_replacement, "", StringComparison.Ordinal);
        }

        return decoded;
    }

    public override string DecodeInside(string token) => token.Replace(_replacement, " ", StringComparison.Ordinal);
}

/// <summary>Replaces what a pattern matches, token by token.</summary>
internal sealed class ReplaceDecoder(TextPattern pattern, string content) : TokenDecoder
{
    // Stages that each make a text longer multiply, so that none makes it longer than this; one that is longer already may stay so.
    private const long MaxLength = 1 << 24;
    private const long MaxTokenLength = 1 << 16;

    public override List<string> Decode(List<string> tokens)
    {
        long left = Math.Max(MaxLength, tokens.Sum(token => (long)token.Length));
        return tokens.ConvertAll(token =>
        {
            string decoded = Replace(token, left);
            left -= decoded.Length;
            return decoded;
        });
    }

    public override string DecodeInside(string token) => Replace(token, Math.Max(MaxTokenLength, token.Length));

    private string Replace(string token, long longest)
    {
        List<TextSpan> spans = [];
        pattern.FindSpans(token, spans);
        long length = spans.Sum(span => (long)(span.IsMatch ? content.Length : span.Length));
        if (length > longest)
        {
            throw new InvalidOperationException(
                $"The tokenizer's decoder makes a text of more than {longest} characters of tokens. Check the rules of decoder in "
                + "tokenizer.json.");
        }

        StringBuilder decoded = new((int)length);
        foreach (TextSpan span in spans)
        {
            decoded.Append(span.IsMatch ? content : token.AsSpan(span.Start, span.Length));
        }

        return decoded.ToString();
    }
}

internal sealed class SequenceDecoder(IReadOnlyList<TokenDecoder> stages) : TokenDecoder
{
    public override bool JoinsBytes => stages.All(stage => stage.JoinsBytes);

    public override List<string> Decode(List<string> tokens) => stages.Aggregate(tokens, (texts, stage) => stage.Decode(texts));

    public override string DecodeInside(string token) => stages.Aggregate(token, (text, stage) => stage.DecodeInside(text));

    public override byte[]? BytesOf(string token)
    {
        foreach (TokenDecoder stage in stages)
        {
            if (stage.BytesOf(token) is byte[] bytes)
            {
                return bytes;
            }

            token = stage.DecodeInside(token);
        }

        return null;
    }
}

/// <summary>Drops up to so many of a character at a token's start and end.</summary>
internal sealed class StripDecoder(Rune content, int start, int stop) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) => tokens.ConvertAll(Strip);

    private string Strip(string token)
    {
        string stripped = content.ToString();
        int from = 0;
        for (int i = 0; i < start && token.AsSpan(from).StartsWith(stripped, StringComparison.Ordinal); i++)
        {
            from += stripped.Length;
        }

        int to = token.Length;
        for (int i = 0; i < stop && token.AsSpan(from, to - from).EndsWith(stripped, StringComparison.Ordinal); i++)
        {
            to -= stripped.Length;
        }

        return token[from..to];
    }
}

/// <summary>Joins word pieces: a token with the prefix continues the word, any other starts one.</summary>
internal sealed class WordPieceDecoder(string prefix, bool cleanup) : TokenDecoder
{
    public override bool JoinsBytes => false;

    public override List<string> Decode(List<string> tokens)
    {
        List<string> decoded = new(tokens.Count);
        for (int i = 0; i < tokens.Count; i++)
        {
            string text = i == 0 ? tokens[i] : DecodeInside(tokens[i]);
            decoded.Add(cleanup ? EnglishCleanup.Apply(text) : text);
        }

        return decoded;
    }

    public override string DecodeInside(string token) =>
        token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
}

/// <summary>Takes back the spaces that English word splitting puts before punctuation and contractions.</summary>
internal static class EnglishCleanup
{
    public static string Apply(string text) => text
        .Replace(" .", ".", StringComparison.Ordinal)
        .Replace(" ?", "?", StringComparison.Ordinal)
        .Replace(" !", "!", StringComparison.Ordinal)
        .Replace(" ,", ",", StringComparison.Ordinal)
        .Replace(" ' ", "'", StringComparison.Ordinal)
        .Replace(" n't", "n't", StringComparison.Ordinal)
        .Replace(" 'm", "'m", StringComparison.Ordinal)
        .Replace(" do not", " don't", StringComparison.Ordinal)
        .Replace(" 's", "'s", StringComparison.Ordinal)
        .Replace(" 've", "'ve", StringComparison.Ordinal)
        .Replace(" 're", "'re", StringComparison.Ordinal);
}
