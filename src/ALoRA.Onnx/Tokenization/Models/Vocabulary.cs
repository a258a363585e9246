namespace ALoRA.Onnx.Tokenization.Models;

/// <summary>Tokens and their ids. Filled while reading, then only read, thread-safe.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private readonly Dictionary<int, string> _sparseTokens = [];
    private string?[] _tokens = [];

    public Vocabulary(int capacity = 0)
    {
        _ids = new Dictionary<string, int>(capacity, StringComparer.Ordinal);
        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Number of different tokens.</summary>
    public int Count => _ids.Count;

    /// <summary>The largest id, or -1.</summary>
    public int MaxId { get; private set; } = -1;

    public IEnumerable<KeyValuePair<string, int>> Entries => _ids;

    /// <summary>Adds a token; the last id given to the same text holds.</summary>
    public void Add(string token, int id)
    {
        _ids[token] = id;
        MaxId = Math.Max(MaxId, id);
        if (id >= _tokens.Length && id <= (2 * _ids.Count) + 1024)
        {
            Array.Resize(ref _tokens, Math.Max(id + 1, _tokens.Length * 2));
        }

        // Ids far beyond the number of tokens do not get an array as long as the largest of them.
        if (id < _tokens.Length)
        {
            _tokens[id] = token;
        }
        else
        {
            _sparseTokens[id] = token;
        }
    }

    public int? IdOf(ReadOnlySpan<char> token) => _idsBySpan.TryGetValue(token, out int id) ? id : null;

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _idsBySpan.TryGetValue(token, out id);

    public string? TokenOf(int id) =>
        (uint)id < (uint)_tokens.Length && _tokens[id] is string token ? token : _sparseTokens.GetValueOrDefault(id);
}
