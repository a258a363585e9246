namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>What the values of <c>tokenizer.ggml.pre</c> stand for.</summary>
internal static class PreTokenizers
{
    /// <summary>The rule that holds where a file names none.</summary>
    public const string DefaultName = "default";

    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Words = @"[^\r\n\p{L}\p{N}]?\p{L}+";
    private const string Symbols = @" ?[^\s\p{L}\p{N}]+[\r\n]*";
    private const string SymbolsAndSlash = @" ?[^\s\p{L}\p{N}]+[\r\n/]*";
    private const string Spaces = @"\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string CapitalizedWord = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+";
    private const string UpperWord = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*";
    private const string Gpt2Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    // Letters of the scripts with upper and lower case, as DeepSeek's first tokenizer lists them.
    private const string CasedLetters =
        "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅ" +
        "ὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇ" +
        "Ꞌ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃";

    private const string DeepSeekPunctuation = "[!-/:-~！-／：-～‘-‟　-。]+";
    private const string Han = "[一-龥ࠀ-一가-퟿]+";
    private const string BloomWords = @" ?[^(\s|.,!?…。，、।۔،)]+";

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
        Splits = [@"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", Han],
        SplitsDigits = true,
    };

    private static readonly PreTokenizer DeepSeekLlm = new()
    {
        Splits = [@"[\r\n]", $@"\s?[{CasedLetters}]+", $@"\s?{DeepSeekPunctuation}", @"\s+$", Han, @"\p{N}+"],
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

    private static readonly PreTokenizer BailingMoe = new()
    {
        Splits =
            [$@"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|{Words}|\p{{N}}|{Symbols}|\s*[\r\n]|\s+(?!\S)|\s+"],
    };

    private static readonly PreTokenizer ExaoneMoe = new()
    {
        Splits =
        [
            $@"{Contractions}|[^\r\n\p{{L}}\p{{N}}]?(?:\p{{L}}\p{{M}}*(?: \p{{L}}\p{{M}}*)*)+|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]?|"
            + @"\s*[\r\n]|\s+(?!\S)|\s+",
        ],
    };

    private static readonly PreTokenizer Jais2 = new()
    {
        Splits =
        [
            $@"{Contractions}|{Words}|\p{{N}}{{1,3}}|{Symbols}|\s*[\r\n]+|"
            + @"\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|"
            + @"\s{1,2}(?!\S)|\s",
        ],
    };

    private static readonly PreTokenizer TinyAya = O200K with { Splits = [@"\d{1,3}(?=(?:\d{3})*\b)", .. O200K.Splits] };

    private static readonly PreTokenizer MiniCpm5 = new()
    {
        Splits = [@"\p{N}{1,3}", $@"{Contractions}|{Words}|\p{{N}}+|{Symbols}|{Spaces}"],
        IgnoresMerges = true,
    };

    private static readonly PreTokenizer Youtu = new()
    {
        Splits =
        [
            "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+",
            $@"{CapitalizedWord}{Contractions}?|{UpperWord}{Contractions}?|\p{{N}}|{SymbolsAndSlash}|{Spaces}",
        ],
        IgnoresMerges = true,
    };

    private static readonly PreTokenizer Falcon = new() { Splits = [@"[\p{P}\$\+<=>\^~\|`]+", Gpt2Words, "[0-9][0-9][0-9]"] };
    private static readonly PreTokenizer Bloom = new() { Splits = [BloomWords] };

    // What llama.cpp does where the converter did not know the tokenizer.
    private static readonly PreTokenizer Default = new() { Splits = [@"[\p{P}\$\+<=>\^~\|]+", Gpt2Words, @"\p{N}+", "[0-9][0-9][0-9]"] };

    private static readonly Dictionary<string, PreTokenizer> ByName = new(StringComparer.Ordinal)
    {
        [DefaultName] = Default,
        ["falcon"] = Falcon,
        ["deepseek-llm"] = DeepSeekLlm,
        ["poro-chat"] = Bloom,
        ["bloom"] = Bloom,
        ["gpt3-finnish"] = Bloom,
        ["viking"] = Bloom with { Splits = [BloomWords, @"\p{N}"] },
        ["gpt-2"] = Gpt2,
        ["phi-2"] = Gpt2,
        ["jais"] = Gpt2,
        ["trillion"] = Gpt2,
        ["exaone4"] = Gpt2,
        ["granite-docling"] = Gpt2,
        ["jina-es"] = Gpt2,
        ["jina-de"] = Gpt2,
        ["jina-v2-es"] = Gpt2,
        ["jina-v2-de"] = Gpt2,
        ["gigachat"] = Gpt2,
        ["a.x-4.0"] = Gpt2,
        ["mellum"] = Gpt2,
        ["modern-bert"] = Gpt2,
        ["olmo"] = Gpt2Normalized,
        ["mpt"] = Gpt2Normalized,
        ["smollm"] = Digits,
        ["starcoder"] = Digits,
        ["refact"] = Digits,
        ["codeshell"] = Digits,
        ["exaone"] = Digits,
        ["minerva-7b"] = Digits,
        ["mellum2"] = Digits,
        ["command-r"] = DigitsNormalized,
        ["llama3"] = Llama3,
        ["llama-v3"] = Llama3,
        ["llama-bpe"] = Llama3,
        ["falcon3"] = Llama3,
        ["falcon-h1"] = Llama3,
        ["pixtral"] = Llama3,
        ["midm-2.0"] = Llama3,
        ["lfm2"] = Llama3,
        ["jina-v5-nano"] = Llama3,
        ["smaug-bpe"] = SmolLM3,
        ["dbrx"] = Cl100K,
        ["glm4"] = Cl100K,
        ["chatglm-bpe"] = Cl100K,
        ["jais-2"] = Jais2,
        ["minicpm5"] = MiniCpm5,
        ["qwen2"] = Qwen2,
        ["deepseek-r1-qwen"] = Qwen2,
        ["kormo"] = Qwen2,
        ["stablelm2"] = Qwen2,
        ["megrez"] = Qwen2,
        ["hunyuan"] = Qwen2 with { Normalizes = false },
        ["f2llmv2"] = Qwen2 with { Normalizes = false },
        ["solar-open"] = Qwen2 with { Normalizes = false },
        ["grok-2"] = Qwen2 with { Normalizes = false },
        ["laguna"] = new() { Splits = [@"[^\n]+|[\n]+", .. Qwen2.Splits] },
        ["qwen35"] = Qwen35,
        ["tekken"] = Tekken,
        ["gpt-4o"] = O200K,
        ["llama4"] = O200K,
        ["kanana2"] = O200K,
        ["talkie"] = O200K,
        ["minimax-m2"] = O200K,
        ["youtu"] = Youtu,
        ["tiny_aya"] = TinyAya,
        ["cohere2moe"] = TinyAya,
        ["deepseek-coder"] = DeepSeekCoder,
        ["deepseek-v3"] = DeepSeekV3,
        ["hunyuan-dense"] = DeepSeekV3,
        ["joyai-llm"] = DeepSeekV3,
        ["bailingmoe"] = BailingMoe,
        ["bailingmoe2"] = BailingMoe,
        ["llada-moe"] = BailingMoe,
        ["exaone-moe"] = ExaoneMoe,
        ["seed-coder"] = SeedCoder,
    };

    /// <summary>All known values, in alphabetical order.</summary>
    public static IEnumerable<string> Names => ByName.Keys.Order(StringComparer.Ordinal);

    /// <summary>The pre-tokenizer, or null where the value is not known.</summary>
    public static PreTokenizer? Find(string name) => ByName.GetValueOrDefault(name);
}
