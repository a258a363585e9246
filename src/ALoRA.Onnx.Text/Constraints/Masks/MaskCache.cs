using System.Runtime.CompilerServices;
using ALoRA.Onnx.Constraints.Automata;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>The masks of an automaton's states, computed when first asked for. Not thread-safe.</summary>
/// <remarks>
/// Inside of a string where everything is allowed, nearly all tokens are: those are known beforehand by their length, and only
/// tokens with quotes, backslashes and parts of characters are walked (the split of XGrammar, Dong et al. 2024, arXiv:2411.15100,
/// found here by the byte). In other strings a walk may reach most of the tokens; after some of that, tokens are walked by what the pattern
/// can tell apart (<see cref="ClassTrie"/>). Everywhere else a walk ends early, because few bytes are possible.
/// </remarks>
internal sealed class MaskCache
{
    private const long MaxBytes = 32L << 20;

    private readonly ConstraintVocabulary _vocabulary;
    private readonly LazyAutomaton _automaton;
    private readonly CounterClasses _classes;
    private readonly Dictionary<int, TokenMask> _masks = [];
    private readonly List<Configuration> _others = [];
    private readonly List<Configuration> _text = [];
    private readonly List<(int Start, int End)> _ranges = [];
    private readonly TextTrees _trees;
    private readonly ulong[] _bits;
    private readonly ulong[] _plain;
    private readonly int[] _path;
    private sbyte[] _free = new sbyte[256];
    private long _bytes;

    /// <param name="vocabulary">The tokens.</param>
    /// <param name="automaton">The states.</param>
    /// <param name="nodesBeforeClasses">See <see cref="TextTrees"/>.</param>
    public MaskCache(ConstraintVocabulary vocabulary, LazyAutomaton automaton, int nodesBeforeClasses)
    {
        _vocabulary = vocabulary;
        _automaton = automaton;
        _classes = new CounterClasses(automaton, vocabulary.MaxTokenBytes);
        _bits = new ulong[(vocabulary.Size + 63) / 64];
        _plain = new ulong[_bits.Length];
        _path = new int[vocabulary.MaxTokenBytes + 1];
        _trees = new TextTrees(vocabulary, automaton.Program, nodesBeforeClasses);
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

        bool isPart = WalkTrees() || free > 0;
        if (free > 0)
        {
            ReadOnlySpan<ulong> all = _vocabulary.PlainUpTo(free);
            for (int i = 0; i < _bits.Length; i++)
            {
                _bits[i] |= all[i];
            }
        }

        // What can only close the string, or is complete, reads no plain token.
        int plain = state;
        if (isPart)
        {
            ByteProgram program = _automaton.Program;
            _others.RemoveAll(one => one.State < 0 || program.EdgesOf(program.States[one.State]) is [{ Last: (byte)'"' }]);
            plain = _automaton.StateOf(_others);
        }

        if (plain != LazyAutomaton.Dead && !WalkPlain(_vocabulary.Plain, plain, _trees.NodesLeft(_others)))
        {
            _trees.Make(_others);
            WalkTrees();
            WalkPlain(_vocabulary.Plain, _automaton.StateOf(_others), int.MaxValue);
        }

        WalkOthers(_vocabulary.Others, state);
        return new TokenMask(_bits);
    }

    // Moves what is in the text of a configuration.
    private void TakeText(Configuration first)
    {
        int text = _trees.TextOf(first);
        _text.Clear();
        _text.AddRange(_others.Where(one => _trees.TextOf(one) == text));
        _others.RemoveAll(one => _trees.TextOf(one) == text);
    }

    // Configurations lead on without each other: those of texts with a tree are walked on it, text by text, and are gone afterwards.
    private bool WalkTrees()
    {
        bool any = false;
        while (_others.Find(one => _trees.Of(one) is not null) is { } first && _trees.Of(first) is ClassTrie tree)
        {
            TakeText(first);
            WalkClasses(tree, _automaton.StateOf(_text));
            any = true;
        }

        return any;
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
    // Stops after so many nodes, and then has allowed nothing.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool WalkPlain(TokenTrie trie, int state, int most)
    {
        _ranges.Clear();
        _path[0] = state;
        int visited = 0;
        int allowed = 0;
        int node = 0;
        while (node < trie.Values.Length)
        {
            if (++visited > most)
            {
                _trees.Charge(_others, visited);
                return false;
            }

            int depth = trie.Depths[node];
            int next = _automaton.Step(_path[depth], trie.Values[node]);
            int behind = next == LazyAutomaton.Dead || IsFree(next) ? trie.Ends[node] : node + 1;
            if (next != LazyAutomaton.Dead)
            {
                int start = trie.TokenStarts[node];
                int end = trie.TokenStarts[behind];
                if (start < end)
                {
                    allowed += end - start;
                    AddRange(start, end);
                }

                _path[depth + 1] = next;
            }

            node = behind;
        }

        _trees.Charge(_others, visited);
        Allow(trie, allowed);
        return true;
    }

    private void AddRange(int start, int end)
    {
        if (_ranges.Count > 0 && _ranges[^1].End == start)
        {
            _ranges[^1] = (_ranges[^1].Start, end);
        }
        else
        {
            _ranges.Add((start, end));
        }
    }

    // Of all plain tokens, either those that are possible are set one by one, or those that are not are left out.
    private void Allow(TokenTrie trie, int allowed)
    {
        if (allowed <= trie.Tokens.Length / 2)
        {
            foreach ((int start, int end) in _ranges)
            {
                Allow(trie.Tokens, start, end);
            }

            return;
        }

        _vocabulary.PlainUpTo(ConstraintVocabulary.MaxPlain).CopyTo(_plain);
        int from = 0;
        foreach ((int start, int end) in _ranges.Append((trie.Tokens.Length, trie.Tokens.Length)))
        {
            foreach (int id in trie.Tokens.AsSpan(from, start - from))
            {
                _plain[id >> 6] &= ~(1UL << id);
            }

            from = end;
        }

        for (int i = 0; i < _bits.Length; i++)
        {
            _bits[i] |= _plain[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WalkClasses(ClassTrie tree, int state)
    {
        _path[0] = state;
        int node = 0;
        while (node < tree.Values.Length)
        {
            int depth = tree.Depths[node];
            int next = _path[depth];
            foreach (byte value in tree.Characters[tree.Values[node]])
            {
                next = _automaton.Step(next, value);
            }

            int behind = next == LazyAutomaton.Dead || IsFree(next) ? tree.Ends[node] : node + 1;
            if (next != LazyAutomaton.Dead)
            {
                Allow(tree.Tokens, tree.TokenStarts[node], tree.TokenStarts[behind]);
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

            Allow(trie.Tokens, trie.TokenStarts[node], trie.TokenStarts[++node]);
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

    private void Allow(int[] tokens, int start, int end)
    {
        foreach (int id in tokens.AsSpan(start, end - start))
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
