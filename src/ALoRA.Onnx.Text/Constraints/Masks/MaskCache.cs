using System.Runtime.CompilerServices;
using ALoRA.Onnx.Constraints.Automata;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>The masks of an automaton's states, computed when first asked for. Not thread-safe.</summary>
/// <remarks>
/// Inside of a string where everything is allowed, nearly all tokens are: those are known beforehand by their length, and only
/// tokens with quotes, backslashes and parts of characters are walked (the split of XGrammar, Dong et al. 2024, arXiv:2411.15100,
/// found here by the byte). Everywhere else a walk ends early, because few bytes are possible.
/// </remarks>
internal sealed class MaskCache
{
    private const long MaxBytes = 32L << 20;
    private readonly ConstraintVocabulary _vocabulary;
    private readonly LazyAutomaton _automaton;
    private readonly CounterClasses _classes;
    private readonly Dictionary<int, TokenMask> _masks = [];
    private readonly List<Configuration> _others = [];
    private readonly ulong[] _bits;
    private readonly int[] _path;
    private sbyte[] _free = new sbyte[256];
    private long _bytes;

    public MaskCache(ConstraintVocabulary vocabulary, LazyAutomaton automaton)
    {
        _vocabulary = vocabulary;
        _automaton = automaton;
        _classes = new CounterClasses(automaton, vocabulary.MaxTokenBytes);
        _bits = new ulong[(vocabulary.Size + 63) / 64];
        _path = new int[vocabulary.MaxTokenBytes + 1];
    }

    /// <summary>Masks computed so far.</summary>
    public long Computed { get; private set; }

    /// <summary>The tokens that lead on from a state.</summary>
    public TokenMask MaskOf(int state)
    {
        int representative = _classes.RepresentativeOf(state);
        if (!_masks.TryGetValue(representative, out TokenMask? mask))
        {
            if (_bytes > MaxBytes)
            {
                _masks.Clear();
                _bytes = 0;
            }

            mask = Compute(representative);
            Computed++;
            _masks.Add(representative, mask);
            _bytes += mask.Bytes;
        }

        return mask;
    }

    /// <summary>Whether a token begins with some bytes, goes beyond them, and leads on from the state behind them.</summary>
    public bool HasTokenBeyond(ReadOnlySpan<byte> bytes, int stateBehind)
    {
        foreach (TokenTrie trie in (ReadOnlySpan<TokenTrie>)[_vocabulary.Plain, _vocabulary.Others])
        {
            // Below gives nothing for bytes that are longer than every token; the walk has no room for them.
            (int start, int end) = trie.Below(bytes);
            if (start < end && FindsAny(trie, stateBehind, start, end, bytes.Length))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Forgets everything, after the automaton was emptied.</summary>
    public void Clear()
    {
        _masks.Clear();
        _classes.Clear();
        Array.Clear(_free);
        _bytes = 0;
    }

    private TokenMask Compute(int state)
    {
        Array.Clear(_bits);
        _others.Clear();
        int free = FreeCharacters(state, _others);
        int plain = state;
        if (free > 0)
        {
            _vocabulary.PlainUpTo(free).CopyTo(_bits);
            plain = _automaton.StateOf(_others);
        }

        if (plain != LazyAutomaton.Dead)
        {
            WalkPlain(_vocabulary.Plain, plain);
        }

        WalkOthers(_vocabulary.Others, state);
        return new TokenMask(_bits);
    }

    // Characters that may follow within strings where everything is allowed, and what else the state is about.
    private int FreeCharacters(int state, List<Configuration>? others)
    {
        int free = 0;
        foreach (Configuration one in _automaton.ConfigurationsOf(state))
        {
            if (one.State < 0 || !_automaton.Program.States[one.State].IsFreeText)
            {
                others?.Add(one);
                continue;
            }

            int counter = _automaton.Program.States[one.State].Counter;
            int max = counter < 0 ? -1 : _automaton.Program.Counters[counter].Max;

            // The character that comes next is counted already.
            free = Math.Max(free, max < 0 ? int.MaxValue : max - one.Count + 1);
        }

        return free;
    }

    // Plain tokens stay in a string where everything is allowed: whatever is below such a place need not be walked.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WalkPlain(TokenTrie trie, int state)
    {
        _path[0] = state;
        int node = 0;
        while (node < trie.Values.Length)
        {
            int depth = trie.Depths[node];
            int next = _automaton.Step(_path[depth], trie.Values[node]);
            int behind = next == LazyAutomaton.Dead || IsFree(next) ? trie.Ends[node] : node + 1;
            if (next != LazyAutomaton.Dead)
            {
                Allow(trie, trie.TokenStarts[node], trie.TokenStarts[behind]);
                _path[depth + 1] = next;
            }

            node = behind;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WalkOthers(TokenTrie trie, int state)
    {
        _path[0] = state;
        int node = 0;
        while (node < trie.Values.Length)
        {
            int depth = trie.Depths[node];
            int next = _automaton.Step(_path[depth], trie.Values[node]);
            if (next == LazyAutomaton.Dead)
            {
                node = trie.Ends[node];
                continue;
            }

            Allow(trie, trie.TokenStarts[node], trie.TokenStarts[++node]);
            _path[depth + 1] = next;
        }
    }

    private bool FindsAny(TokenTrie trie, int state, int start, int end, int depth)
    {
        _path[depth] = state;
        int node = start;
        while (node < end)
        {
            int at = trie.Depths[node];
            int next = _automaton.Step(_path[at], trie.Values[node]);
            if (next == LazyAutomaton.Dead)
            {
                node = trie.Ends[node];
                continue;
            }

            if (trie.TokenStarts[node] < trie.TokenStarts[node + 1])
            {
                return true;
            }

            _path[at + 1] = next;
            node++;
        }

        return false;
    }

    private void Allow(TokenTrie trie, int start, int end)
    {
        foreach (int id in trie.Tokens.AsSpan(start, end - start))
        {
            _bits[id >> 6] |= 1UL << id;
        }
    }

    private bool IsFree(int state)
    {
        if (state >= _free.Length)
        {
            Array.Resize(ref _free, Math.Max(state + 1, _free.Length * 2));
        }

        if (_free[state] == 0)
        {
            _free[state] = (sbyte)(FreeCharacters(state, null) >= ConstraintVocabulary.MaxPlain ? 1 : -1);
        }

        return _free[state] > 0;
    }
}
