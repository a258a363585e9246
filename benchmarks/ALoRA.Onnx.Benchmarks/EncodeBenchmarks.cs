using BenchmarkDotNet.Attributes;
using Microsoft.ML.Tokenizers;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>Encoding a megabyte, where all three give the same ids.</summary>
[Config(typeof(TokenizerConfig))]
public class EncodeBenchmarks
{
    private const int Megabyte = 1_000_000;
    private HfTokenizer _own = null!;
    private Tokenizer _bpe = null!;
    private Tokenizer _tiktoken = null!;
    private string _text = "";

    [Params("llama3_1", "qwen3", "mistral_nemo")]
    public string Vocabulary { get; set; } = "";

    [GlobalSetup]
    public void Load()
    {
        byte[] json = Vocabularies.Read(Vocabulary);
        _own = Onnx.HfTokenizer.Parse(json, Vocabulary);
        _bpe = MicrosoftTokenizers.Bpe(json);
        _tiktoken = MicrosoftTokenizers.Tiktoken(json);
        _text = BenchmarkTexts.Mixed(Vocabulary, Megabyte, AreEqual);
        if (!AreEqual(_text))
        {
            throw new InvalidOperationException(
                $"{Vocabulary}: the tokenizers give different ids for the benchmark's text, so that their times cannot be compared.");
        }
    }

    [Benchmark(Baseline = true)]
    public int[] HfTokenizer() => _own.Encode(_text);

    [Benchmark]
    public IReadOnlyList<int> BpeTokenizer() => _bpe.EncodeToIds(_text);

    [Benchmark]
    public IReadOnlyList<int> TiktokenTokenizer() => _tiktoken.EncodeToIds(_text);

    private bool AreEqual(string text)
    {
        int[] ids = _own.Encode(text);
        return _bpe.EncodeToIds(text).SequenceEqual(ids) && _tiktoken.EncodeToIds(text).SequenceEqual(ids);
    }
}
