using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>Builds Microsoft.ML.Tokenizers' counterparts of a <c>tokenizer.json</c>, of which that library reads none itself.</summary>
internal static class MicrosoftTokenizers
{
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary><see cref="BpeTokenizer"/> from vocabulary and merges.</summary>
    /// <exception cref="NotSupportedException">It has no counterpart of something in the file.</exception>
    public static Tokenizer Bpe(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement model = ByteLevelModel(document.RootElement);
        Dictionary<string, int> special = AddedTokens(document.RootElement);
        IEnumerable<KeyValuePair<string, int>> vocabulary =
            model.GetProperty("vocab").EnumerateObject().Select(entry => KeyValuePair.Create(entry.Name, entry.Value.GetInt32()));
        return BpeTokenizer.Create(new BpeOptions(vocabulary)
        {
            Merges = [.. model.GetProperty("merges").EnumerateArray().Select(merge =>
                merge.ValueKind == JsonValueKind.String
                    ? merge.GetString()!
                    : string.Join(' ', merge.EnumerateArray().Select(part => part.GetString())))],
            ByteLevel = true,
            PreTokenizer = PreTokenizerOf(document.RootElement, special),
            Normalizer = NormalizerOf(document.RootElement),
            SpecialTokens = special,
        });
    }

    /// <summary><see cref="TiktokenTokenizer"/>, for which the ids are the merges' ranks.</summary>
    /// <exception cref="NotSupportedException">It has no counterpart of something in the file.</exception>
    public static Tokenizer Tiktoken(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement model = ByteLevelModel(document.RootElement);
        Dictionary<char, byte> bytes = ByteCharacters();
        MemoryStream ranks = new();
        using (StreamWriter writer = new(ranks, leaveOpen: true))
        {
            foreach (JsonProperty entry in model.GetProperty("vocab").EnumerateObject().OrderBy(entry => entry.Value.GetInt32()))
            {
                // What is not spelled in byte characters is an added token that the vocabulary repeats.
                if (entry.Name.All(bytes.ContainsKey))
                {
                    writer.WriteLine(
                        $"{Convert.ToBase64String([.. entry.Name.Select(character => bytes[character])])} {entry.Value.GetInt32()}");
                }
            }
        }

        ranks.Position = 0;
        Dictionary<string, int> special = AddedTokens(document.RootElement);
        return TiktokenTokenizer.Create(ranks, PreTokenizerOf(document.RootElement, special), NormalizerOf(document.RootElement), special);
    }

    private static JsonElement ByteLevelModel(JsonElement root)
    {
        JsonElement model = root.GetProperty("model");
        string type = model.TryGetProperty("type", out JsonElement name) ? name.GetString()! : "BPE";
        if (type != "BPE")
        {
            throw new NotSupportedException($"{type}: no constructor from a vocabulary that tokenizer.json has");
        }

        return model.TryGetProperty("byte_fallback", out JsonElement fallback) && fallback.ValueKind == JsonValueKind.True
            ? throw new NotSupportedException("BpeTokenizer has no byte fallback; SentencePieceTokenizer reads .model files only")
            : model;
    }

    private static RegexPreTokenizer PreTokenizerOf(JsonElement root, Dictionary<string, int> special)
    {
        JsonElement pre = root.GetProperty("pre_tokenizer");
        JsonElement[] steps = pre.ValueKind == JsonValueKind.Null ? []
            : pre.GetProperty("type").GetString() == "Sequence" ? [.. pre.GetProperty("pretokenizers").EnumerateArray()]
            : [pre];
        string? pattern = steps switch
        {
            [var only] when IsByteLevel(only, useRegex: true) => Gpt2Pattern,
            [var digits, var rest] when digits.GetProperty("type").GetString() == "Digits" && IsByteLevel(rest, useRegex: true) =>
                Gpt2Pattern.Replace(@" ?\p{N}+", @"\p{N}", StringComparison.Ordinal),
            [var split, var rest] when split.GetProperty("type").GetString() == "Split" && IsByteLevel(rest, useRegex: false) =>
                split.GetProperty("pattern").GetProperty("Regex").GetString(),
            _ => null,
        };
        return pattern is null
            ? throw new NotSupportedException("its pre-tokenizer is not one pattern and byte characters")
            : new RegexPreTokenizer(new Regex(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant), special);
    }

    private static bool IsByteLevel(JsonElement step, bool useRegex) =>
        step.GetProperty("type").GetString() == "ByteLevel"
            && step.GetProperty("use_regex").GetBoolean() == useRegex
            && !step.GetProperty("add_prefix_space").GetBoolean();

    private static NfcNormalizer? NormalizerOf(JsonElement root) => root.GetProperty("normalizer") switch
    {
        { ValueKind: JsonValueKind.Null } => null,
        JsonElement normalizer when normalizer.GetProperty("type").GetString() == "NFC" => new NfcNormalizer(),
        JsonElement normalizer => throw new NotSupportedException($"normalizer {normalizer.GetProperty("type").GetString()}"),
    };

    private static Dictionary<string, int> AddedTokens(JsonElement root) =>
        root.GetProperty("added_tokens")
            .EnumerateArray()
            .ToDictionary(token => token.GetProperty("content").GetString()!, token => token.GetProperty("id").GetInt32());

    // GPT-2's printable spelling of the 256 bytes.
    private static Dictionary<char, byte> ByteCharacters()
    {
        Dictionary<char, byte> bytes = [];
        int next = 256;
        for (int value = 0; value < 256; value++)
        {
            bool isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            bytes[(char)(isPrintable ? value : next++)] = (byte)value;
        }

        return bytes;
    }

    private sealed class NfcNormalizer : Normalizer
    {
        public override string Normalize(string original) => original.Normalize(NormalizationForm.FormC);

        public override string Normalize(ReadOnlySpan<char> original) => Normalize(original.ToString());
    }
}
