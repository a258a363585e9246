namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>What the values of <c>tokenizer.ggml.pre</c> stand for.</summary>
internal static class PreTokenizers
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Words = @"[^\r\n\p{L}\p{N}]?\p{L}+";
    private const string Symbols = @" ?[^\s\p{L}\p{N}]+[\r\n]*";
    private const string SymbolsAndSlash = @" ?[^\s\p{L}\p{N}]+[\r\n/]*";
    private const string Spaces = @"\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string CapitalizedWord = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+";
    private const string UpperWord = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*";
    private const string Gpt2Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static readonly PreTokenizer Gpt2 = new();
    private static readonly PreTokenizer Gpt2Normalized = new() { Normalizes = true };
    private static readonly PreTokenizer Digits = new() { SplitsDigits = true };
    private static readonly PreTokenizer DigitsNormalized = new() { SplitsDigits = true, Normalizes = true };
    private static readonly PreTokenizer Cl100K = new() { Splits = [$@"{Contractions}|{Words}|\p{{N}}{{1,3}}|{Symbols}|{Spaces}"] };
    private static readonly PreTokenizer Llama3 = Cl100K with { IgnoresMerges = true, AddsBegin = true };
    private static readonly PreTokenizer SmolLM3 = Cl100K with { IgnoresMerges = true };
    private static readonly PreTokenizer Qwen2 = new()
    {
        Splits = [$@"{Contractions}|{Words}|\p{{N}}|{Symbols}|{Spaces}"],
        Normalizes = true,
    };

    private static readonly PreTokenizer Qwen35 = new()
    {
        Splits = [$@"{Contractions}|[^\r\n\p{{L}}\p{{N}}]?[\p{{L}}\p{{M}}]+|\p{{N}}| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*|{Spaces}"],
        Normalizes = true,
    };

    private static readonly PreTokenizer Tekken = new()
    {
        Splits = [$@"{CapitalizedWord}|{UpperWord}|\p{{N}}|{SymbolsAndSlash}|{Spaces}"],
        IgnoresMerges = true,
        AddsBegin = true,
    };

    private static readonly PreTokenizer O200K = new()
    {
        Splits = [$@"{CapitalizedWord}{Contractions}?|{UpperWord}{Contractions}?|\p{{N}}{{1,3}}|{SymbolsAndSlash}|{Spaces}"],
    };

    private static readonly PreTokenizer DeepSeekCoder = new()
    {
        Splits = [@"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+"],
        SplitsDigits = true,
    };

    private static readonly PreTokenizer DeepSeekV3 = new()
    {
        Splits =
        [
            @"\p{N}{1,3}",
            "[一-龥぀-ゟ゠-ヿ]+",
            @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|" + Spaces,
        ],
    };

    private static readonly PreTokenizer SeedCoder = new()
    {
        Splits = [$@"{Contractions}|{Words}|\p{{N}}{{1}}| ?[^\s\p{{L}}\p{{N}}\r\n]+|{Spaces}"],
    };

    // What llama.cpp does where the converter did not know the tokenizer.
    private static readonly PreTokenizer Default = new() { Splits = [@"[\p{P}\$\+<=>\^~\|]+", Gpt2Words, @"\p{N}+", "[0-9][0-9][0-9]"] };

    private static readonly Dictionary<string, PreTokenizer> ByName = new(StringComparer.Ordinal)
    {
        ["default"] = Default,
        ["gpt-2"] = Gpt2,
        ["phi-2"] = Gpt2,
        ["jais"] = Gpt2,
        ["trillion"] = Gpt2,
        ["exaone4"] = Gpt2,
        ["granite-docling"] = Gpt2,
        ["olmo"] = Gpt2Normalized,
        ["mpt"] = Gpt2Normalized,
        ["smollm"] = Digits,
        ["starcoder"] = Digits,
        ["refact"] = Digits,
        ["codeshell"] = Digits,
        ["exaone"] = Digits,
        ["minerva-7b"] = Digits,
        ["command-r"] = DigitsNormalized,
        ["llama3"] = Llama3,
        ["llama-v3"] = Llama3,
        ["llama-bpe"] = Llama3,
        ["falcon3"] = Llama3,
        ["falcon-h1"] = Llama3,
        ["pixtral"] = Llama3,
        ["midm-2.0"] = Llama3,
        ["lfm2"] = Llama3,
        ["smaug-bpe"] = SmolLM3,
        ["dbrx"] = Cl100K,
        ["qwen2"] = Qwen2,
        ["deepseek-r1-qwen"] = Qwen2,
        ["kormo"] = Qwen2,
        ["stablelm2"] = Qwen2,
        ["megrez"] = Qwen2,
        ["hunyuan"] = Qwen2 with { Normalizes = false },
        ["qwen35"] = Qwen35,
        ["tekken"] = Tekken,
        ["gpt-4o"] = O200K,
        ["llama4"] = O200K,
        ["kanana2"] = O200K,
        ["deepseek-coder"] = DeepSeekCoder,
        ["deepseek-v3"] = DeepSeekV3,
        ["seed-coder"] = SeedCoder,
    };

    /// <summary>All known values, in alphabetical order.</summary>
    public static IEnumerable<string> Names => ByName.Keys.Order(StringComparer.Ordinal);

    /// <summary>The pre-tokenizer, or null where the value is not known.</summary>
    public static PreTokenizer? Find(string name) => ByName.GetValueOrDefault(name);
}
