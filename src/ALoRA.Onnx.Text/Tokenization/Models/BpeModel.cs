using System.Runtime.CompilerServices;
using System.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>Byte-pair encoding: the characters of a piece, merged by rank.</summary>
internal sealed class BpeModel : TokenModel
{
    private readonly MergeTable _merges;
    private readonly BpeSettings _settings;
    private readonly int[] _basicPlaneIds;
    private readonly int[]? _byteIds;
    private readonly bool _hasAffixes;
    private SymbolList? _idle;

    public BpeModel(Vocabulary vocabulary, MergeTable merges, BpeSettings settings)
        : base(vocabulary)
    {
        _merges = merges;
        _settings = settings;
        _hasAffixes = settings.ContinuingPrefix.Length + settings.EndSuffix.Length > 0;
        _basicPlaneIds = BasicPlaneIds(vocabulary);
        _byteIds = settings.ByteFallback ? ByteIds(vocabulary) : null;
    }

    public override bool KeepsLength => !_settings.FuseUnknown || _settings.ByteFallback;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Tokenize(ReadOnlySpan<char> piece, TokenSink sink)
    {
        if (_settings.IgnoreMerges && Vocabulary.TryGetId(piece, out int whole))
        {
            sink.Add(whole, 0, Encoding.UTF8.GetByteCount(piece));
            return;
        }

        SymbolList symbols = Interlocked.Exchange(ref _idle, null) ?? new SymbolList();
        symbols.Clear();
        AddCharacters(piece, symbols);
        symbols.MergeAll(_merges);
        int start = 0;
        for (int i = 0; i < symbols.Count; i++)
        {
            int end = start + symbols.LengthAt(i);
            sink.Add(symbols.IdAt(i), start, end);
            start = end;
        }

        _idle = symbols.IsSmall ? symbols : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddCharacters(ReadOnlySpan<char> piece, SymbolList symbols)
    {
        int unknownLength = 0;
        int units;
        for (int i = 0; i < piece.Length; i += units)
        {
            int codePoint = CodePoints.At(piece, i);
            units = CodePoints.Units(codePoint);
            int length = CodePoints.Utf8Length(codePoint);
            bool isLast = i + units == piece.Length;
            int id = IdOf(piece.Slice(i, units), isFirst: i == 0, isLast);
            if (id >= 0)
            {
                Flush(symbols, ref unknownLength);
                symbols.Add(id, length);
            }
            else if (!TryAddBytes(piece.Slice(i, units), isFirst: i == 0, isLast, symbols) && _settings.UnknownToken is not null)
            {
                if (!_settings.FuseUnknown)
                {
                    Flush(symbols, ref unknownLength);
                }

                unknownLength += length;
            }
        }

        Flush(symbols, ref unknownLength);
    }

    // Pending unknown characters come out before the next known one, but after byte tokens between them: so does the reference.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Flush(SymbolList symbols, ref int unknownLength)
    {
        if (unknownLength > 0)
        {
            symbols.Add(_settings.UnknownId(Vocabulary), unknownLength);
            unknownLength = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int IdOf(ReadOnlySpan<char> character, bool isFirst, bool isLast)
    {
        if (_hasAffixes && _settings.HasAffix(isFirst, isLast))
        {
            return Vocabulary.IdOf(_settings.WithAffixes(character, isFirst, isLast)) ?? -1;
        }

        return character.Length == 1 ? _basicPlaneIds[character[0]] : Vocabulary.IdOf(character) ?? -1;
    }

    private bool TryAddBytes(ReadOnlySpan<char> character, bool isFirst, bool isLast, SymbolList symbols)
    {
        if (_byteIds is null)
        {
            return false;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(_settings.WithAffixes(character, isFirst, isLast));
        if (Array.Exists(bytes, value => _byteIds[value] < 0))
        {
            return false;
        }

        foreach (byte value in bytes)
        {
            symbols.Add(_byteIds[value], 1);
        }

        return true;
    }

    private static int[] BasicPlaneIds(Vocabulary vocabulary)
    {
        int[] ids = new int[0x10000];
        Array.Fill(ids, -1);
        foreach ((string token, int id) in vocabulary.Entries)
        {
            if (token.Length == 1)
            {
                ids[token[0]] = id;
            }
        }

        return ids;
    }

    private static int[] ByteIds(Vocabulary vocabulary)
    {
        int[] ids = new int[256];
        for (int value = 0; value < ids.Length; value++)
        {
            ids[value] = vocabulary.IdOf(ByteTokens.Of((byte)value)) ?? -1;
        }

        return ids;
    }
}
