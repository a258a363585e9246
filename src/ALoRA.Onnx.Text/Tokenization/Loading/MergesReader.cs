using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Tokenization.Models;

namespace ALoRA.Onnx.Tokenization.Loading;

/// <summary>Reads <c>merges</c> in both spellings: <c>"a b"</c> and <c>["a", "b"]</c>.</summary>
internal sealed class MergesReader(Vocabulary vocabulary, string continuingPrefix, string location)
{
    private readonly int _prefixBytes = Encoding.UTF8.GetByteCount(continuingPrefix);
    private readonly MergeTable _table = new(vocabulary.Count);
    private char[] _buffer = new char[256];
    private int _index;

    public MergeTable Read(ref Utf8JsonReader reader)
    {
        JsonCursor.Expect(ref reader, JsonTokenType.StartArray, location, "a list of merges");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                ReadPair(ref reader);
            }
            else
            {
                ReadLine(ref reader);
            }

            _index++;
        }

        return _table;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadPair(ref Utf8JsonReader reader)
    {
        reader.Read();
        int left = JsonCursor.CopyText(ref reader, ref _buffer, 0, location);
        reader.Read();
        int right = JsonCursor.CopyText(ref reader, ref _buffer, left, location);
        reader.Read();
        JsonCursor.Expect(ref reader, JsonTokenType.EndArray, $"{location}[{_index}]", "two tokens");
        Add(left, left, right);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadLine(ref Utf8JsonReader reader)
    {
        int length = JsonCursor.CopyText(ref reader, ref _buffer, 0, location);
        Span<char> line = _buffer.AsSpan(0, length);
        if (line.StartsWith("#version", StringComparison.Ordinal))
        {
            return;
        }

        int space = line.IndexOf(' ');
        if (space < 0 || line[(space + 1)..].Contains(' '))
        {
            throw JsonCursor.Error($"{location}[{_index}]", "two tokens with a space between", $"'{line}'");
        }

        Add(space, space + 1, length - space - 1);
    }

    // The left token is the buffer's first characters; the right one follows, behind a space in the older spelling.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(int leftLength, int rightStart, int rightLength)
    {
        int left = Require(_buffer.AsSpan(0, leftLength));
        ReadOnlySpan<char> rightText = _buffer.AsSpan(rightStart, rightLength);
        int right = Require(rightText);
        ReadOnlySpan<char> tail = rightText[PrefixUnits(rightText)..];
        tail.CopyTo(_buffer.AsSpan(leftLength));
        _table.Add(left, right, Require(_buffer.AsSpan(0, leftLength + tail.Length)));
    }

    // The reference cuts as many bytes as the prefix has, whatever they are.
    private int PrefixUnits(ReadOnlySpan<char> token)
    {
        int bytes = 0;
        int units = 0;
        while (bytes < _prefixBytes && units < token.Length)
        {
            Rune.DecodeFromUtf16(token[units..], out Rune rune, out int length);
            bytes += rune.Utf8SequenceLength;
            units += length;
        }

        return bytes == _prefixBytes
            ? units
            : throw JsonCursor.Error($"{location}[{_index}]", $"a second token that starts with '{continuingPrefix}'", $"'{token}'");
    }

    private int Require(ReadOnlySpan<char> token) =>
        vocabulary.TryGetId(token, out int id)
            ? id
            : throw JsonCursor.Error($"{location}[{_index}]", "tokens of the vocabulary", $"'{token}', which is not in it");
}
