using System.Globalization;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>The vocabulary and the tokens with a role, as the metadata gives them.</summary>
internal sealed class GgufVocabulary
{
    public const string ModelKey = "tokenizer.ggml.model";

    private const string TokensKey = "tokenizer.ggml.tokens";
    private const string TypesKey = "tokenizer.ggml.token_type";
    private const string ScoresKey = "tokenizer.ggml.scores";

    // Tokens that end a turn in the published models; only looked for where the file names none.
    private static readonly string[] EndOfTurnTexts = ["<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<turn|>"];

    private readonly GgufMetadata _metadata;
    private readonly int[]? _types;
    private readonly List<string> _warnings = [];

    public GgufVocabulary(GgufMetadata metadata)
    {
        _metadata = metadata;
        Tokens = metadata.Texts(TokensKey) ?? throw metadata.Missing(TokensKey);
        Scores = metadata.Floats(ScoresKey);
        _types = metadata.Integers(TypesKey);
        CheckLength(ScoresKey, Scores?.Length);
        CheckLength(TypesKey, _types?.Length);
        Ids = new Dictionary<string, int>(Tokens.Length, StringComparer.Ordinal);
        for (int id = 0; id < Tokens.Length; id++)
        {
            if (!Ids.TryAdd(Tokens[id], id))
            {
                throw metadata.Error(
                    $"'{TokensKey}' has the token '{Tokens[id]}' as {Ids[Tokens[id]]} and as {id}",
                    "Convert the model again");
            }
        }

        bool isSentencePiece = metadata.Text(ModelKey) == "llama";
        BeginId = TokenId("bos", isSentencePiece ? 1 : null);
        EndId = TokenId("eos", isSentencePiece ? 2 : null);
        UnknownId = TokenId("unknown", isSentencePiece ? 0 : null);
        PaddingId = TokenId("padding");
        EndOfTurnIds = [.. FindEndOfTurn()];
    }

    public string[] Tokens { get; }

    public float[]? Scores { get; }

    public Dictionary<string, int> Ids { get; }

    public int? BeginId { get; }

    public int? EndId { get; }

    public int? UnknownId { get; }

    public int? PaddingId { get; }

    /// <summary>Tokens beside <see cref="EndId"/> that end an answer.</summary>
    public IReadOnlyList<int> EndOfTurnIds { get; }

    /// <summary>What was read otherwise than it is written.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    public string? TextOf(int? id) => id is { } index ? Tokens[index] : null;

    public GgufTokenType TypeOf(int id) => _types is null ? GgufTokenType.Normal : (GgufTokenType)_types[id];

    /// <summary>Whether the file wants the token in front of (or behind) every text; null where it does not say.</summary>
    public bool? Adds(string role) => _metadata.Flag($"tokenizer.ggml.add_{role}_token");

    /// <summary>Notes that the tokenizer is made of less than a whole description.</summary>
    public void Warn(string warning) => _warnings.Add(warning);

    // Ids out of the vocabulary, such as -1 as an unsigned number, count as not given, for which llama.cpp has a token of its own in the
    // tokenizers of Llama's kind.
    private int? TokenId(string role, int? standard = null)
    {
        string key = $"tokenizer.ggml.{role}_token_id";
        int? fallback = standard < Tokens.Length ? standard : null;
        decimal? id = _metadata.TokenId(key);
        if (id is null)
        {
            return fallback;
        }

        if (id >= 0 && id < Tokens.Length)
        {
            return (int)id;
        }

        string taken = fallback?.ToString(CultureInfo.InvariantCulture) ?? "none";
        _warnings.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"'{key}' is {id}, but the vocabulary has {Tokens.Length} tokens; as in llama.cpp, {taken} is taken."));
        return fallback;
    }

    private IEnumerable<int> FindEndOfTurn()
    {
        int?[] named = [TokenId("eot"), TokenId("eom")];
        IEnumerable<int> ids = named.OfType<int>();
        if (named[0] is null)
        {
            ids = ids.Concat(EndOfTurnTexts
                .Where(text => Ids.TryGetValue(text, out int id) && TypeOf(id) is GgufTokenType.Control or GgufTokenType.UserDefined)
                .Select(text => Ids[text]));
        }

        return ids.Where(id => id != EndId).Distinct();
    }

    private void CheckLength(string key, int? length)
    {
        if (length is { } got && got != Tokens.Length)
        {
            throw _metadata.Error($"'{key}' has {got} entries for {Tokens.Length} tokens", "Convert the model again");
        }
    }
}
