using System.Text;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>
/// Plain tokens as a tree over the classes of their characters: where a pattern can't tell tokens apart, they are at one node, so that a
/// walk takes a small part of the steps. Laid out like <see cref="TokenTrie"/>. Immutable, thread-safe.
/// </summary>
internal sealed class ClassTrie
{
    private const int MaxNodes = 40_000;

    private ClassTrie(byte[] values, int[] depths, int[] ends, int[] tokenStarts, int[] tokens, byte[][] characters)
    {
        Values = values;
        Depths = depths;
        Ends = ends;
        TokenStarts = tokenStarts;
        Tokens = tokens;
        Characters = characters;
    }

    /// <summary>Class of each node.</summary>
    public byte[] Values { get; }

    /// <summary>Characters before each node's own.</summary>
    public int[] Depths { get; }

    /// <summary>The first node that is not below each node.</summary>
    public int[] Ends { get; }

    /// <summary>Where the tokens at each node or below begin in <see cref="Tokens"/>, with one entry more than there are nodes.</summary>
    public int[] TokenStarts { get; }

    /// <summary>Ids; tokens with a character of class 0 are not there.</summary>
    public int[] Tokens { get; }

    /// <summary>One character of each class as UTF-8; none where no token has one.</summary>
    public byte[][] Characters { get; }

    /// <summary>The tree of a vocabulary's plain tokens; null if it would not be much smaller than that of their bytes.</summary>
    public static ClassTrie? Make(TokenTrie plain, CharacterClasses classes) => new Maker(plain, classes).Make();

    private sealed class Maker(TokenTrie plain, CharacterClasses classes)
    {
        private readonly int[] _owners = new int[plain.Tokens.Length];
        private readonly byte[][] _characters = [.. Enumerable.Repeat(Array.Empty<byte>(), classes.Count)];
        private readonly byte[] _ascii = [.. Enumerable.Range(0, 0x80).Select(value => (byte)classes.ClassOf(value))];
        private int[] _children = new int[classes.Count * 256];
        private int _count = 1;

        public ClassTrie? Make()
        {
            Array.Fill(_owners, -1);
            return Read() ? LayOut() : null;
        }

        // Walks over the bytes of all tokens; where a character is complete, one step down is made here.
        private bool Read()
        {
            int[] at = new int[plain.MaxDepth + 1];
            int[] codePoints = new int[plain.MaxDepth + 1];
            int[] missing = new int[plain.MaxDepth + 1];
            int node = 0;
            while (node < plain.Values.Length)
            {
                int depth = plain.Depths[node];
                byte value = plain.Values[node];
                bool isLead = value >= 0xC0;
                missing[depth + 1] = value < 0x80 ? 0 : !isLead ? missing[depth] - 1 : value >= 0xF0 ? 3 : value >= 0xE0 ? 2 : 1;
                codePoints[depth + 1] = value < 0x80 ? value
                    : isLead ? value & (0x3F >> missing[depth + 1])
                    : (codePoints[depth] << 6) | (value & 0x3F);
                at[depth + 1] = at[depth];
                if (missing[depth + 1] == 0)
                {
                    int codePoint = codePoints[depth + 1];
                    int kind = codePoint < 0x80 ? _ascii[codePoint] : classes.ClassOf(codePoint);
                    if (kind == 0)
                    {
                        node = plain.Ends[node];
                        continue;
                    }

                    at[depth + 1] = Child(at[depth], kind, codePoint);
                    if (_count > MaxNodes)
                    {
                        return false;
                    }

                    _owners.AsSpan(plain.TokenStarts[node]..plain.TokenStarts[node + 1]).Fill(at[depth + 1]);
                }

                node++;
            }

            return true;
        }

        private int Child(int above, int kind, int codePoint)
        {
            int index = (above * classes.Count) + kind;
            if (_children[index] == 0)
            {
                if (_characters[kind].Length == 0)
                {
                    _characters[kind] = Encoding.UTF8.GetBytes(new Rune(codePoint).ToString());
                }

                if ((_count + 1) * classes.Count > _children.Length)
                {
                    Array.Resize(ref _children, _children.Length * 2);
                }

                _children[index] = _count++;
            }

            return _children[index];
        }

        // Numbers nodes in the order of a walk, without the root, and puts their tokens behind each other.
        private ClassTrie LayOut()
        {
            int[] numbers = new int[_count];
            List<byte> values = [];
            List<int> depths = [];
            List<int> ends = [];
            Stack<(int Node, int Number, int Kind)> open = new([(0, -1, 1)]);
            while (open.TryPop(out (int Node, int Number, int Kind) top))
            {
                int kind = top.Kind;
                while (kind < classes.Count && _children[(top.Node * classes.Count) + kind] == 0)
                {
                    kind++;
                }

                if (kind == classes.Count)
                {
                    if (top.Number >= 0)
                    {
                        ends[top.Number] = values.Count;
                    }

                    continue;
                }

                int child = _children[(top.Node * classes.Count) + kind];
                numbers[child] = values.Count;
                depths.Add(open.Count);
                open.Push(top with { Kind = kind + 1 });
                open.Push((child, values.Count, 1));
                values.Add((byte)kind);
                ends.Add(0);
            }

            int[] starts = new int[_count];
            foreach (int owner in _owners)
            {
                if (owner > 0)
                {
                    starts[numbers[owner] + 1]++;
                }
            }

            for (int node = 1; node < starts.Length; node++)
            {
                starts[node] += starts[node - 1];
            }

            int[] tokens = new int[starts[^1]];
            int[] next = [.. starts];
            for (int i = 0; i < _owners.Length; i++)
            {
                if (_owners[i] > 0)
                {
                    tokens[next[numbers[_owners[i]]]++] = plain.Tokens[i];
                }
            }

            return new ClassTrie([.. values], [.. depths], [.. ends], starts, tokens, _characters);
        }
    }
}
