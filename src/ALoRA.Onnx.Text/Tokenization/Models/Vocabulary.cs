using System.Numerics;
using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>Tokens and their ids. Filled while reading, then only read, thread-safe.</summary>
/// <remarks>
/// An own hash table, because every piece of every text is looked up here by span: the generic dictionary's lookup by span runs
/// unoptimized for the first seconds of a process, which is all that many programs have.
/// </remarks>
internal sealed class Vocabulary
{
    private const int MinimumCapacity = 16;
    private int[] _slots;
    private Entry[] _entries;
    private string?[] _tokens = [];
    private readonly Dictionary<int, string> _sparseTokens = [];

    public Vocabulary(int capacity = 0)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, MinimumCapacity));
        _entries = new Entry[size];
        _slots = new int[size * 2];
    }

    /// <summary>Number of different tokens.</summary>
    public int Count { get; private set; }

    /// <summary>The largest id, or -1.</summary>
    public int MaxId { get; private set; } = -1;

    public IEnumerable<KeyValuePair<string, int>> Entries =>
        _entries.Take(Count).Select(entry => KeyValuePair.Create(entry.Token, entry.Id));

    /// <summary>Adds a token; the last id given to the same text holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(string token, int id)
    {
        if (Count == _entries.Length)
        {
            Grow();
        }

        int hash = string.GetHashCode(token.AsSpan());
        int slot = Find(token, hash);
        if (_slots[slot] == 0)
        {
            _slots[slot] = ++Count;
        }

        int entry = _slots[slot] - 1;
        _entries[entry] = new Entry(token, hash, id);
    }

    /// <summary>Ends the filling. Only then tokens are found by id.</summary>
    public Vocabulary Freeze()
    {
        MaxId = _entries.Take(Count).Select(entry => entry.Id).DefaultIfEmpty(-1).Max();

        // Ids far beyond the number of tokens do not get an array as long as the largest of them.
        bool isDense = MaxId < (2L * Count) + 1024;
        _tokens = isDense ? new string?[MaxId + 1] : [];
        for (int i = 0; i < Count; i++)
        {
            if (isDense)
            {
                _tokens[_entries[i].Id] = _entries[i].Token;
            }
            else
            {
                _sparseTokens[_entries[i].Id] = _entries[i].Token;
            }
        }

        return this;
    }

    public int? IdOf(ReadOnlySpan<char> token) => TryGetId(token, out int id) ? id : null;

    public bool TryGetId(ReadOnlySpan<char> token, out int id)
    {
        int entry = _slots[Find(token, string.GetHashCode(token))] - 1;
        id = entry < 0 ? -1 : _entries[entry].Id;
        return entry >= 0;
    }

    public string? TokenOf(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : _sparseTokens.GetValueOrDefault(id);

    // The slot of a token, or the free one where it belongs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Find(ReadOnlySpan<char> token, int hash)
    {
        int mask = _slots.Length - 1;
        int slot = hash & mask;
        while (_slots[slot] != 0)
        {
            ref Entry entry = ref _entries[_slots[slot] - 1];
            if (entry.Hash == hash && token.SequenceEqual(entry.Token))
            {
                break;
            }

            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Grow()
    {
        Array.Resize(ref _entries, _entries.Length * 2);
        _slots = new int[_entries.Length * 2];
        int mask = _slots.Length - 1;
        for (int i = 0; i < Count; i++)
        {
            int slot = _entries[i].Hash & mask;
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            _slots[slot] = i + 1;
        }
    }

    private readonly record struct Entry(string Token, int Hash, int Id);
}
