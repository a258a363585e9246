using ALoRA.Onnx.Tokenization;
using BenchmarkDotNet.Attributes;
using Microsoft.ML.Tokenizers;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>A line without spaces of growing length, with Llama 3's vocabulary: time should grow with the length, not with its square.</summary>
[Config(typeof(TokenizerConfig))]
public class EncodeLineBenchmarks
{
    private HfTokenizer _own = null!;
    private Tokenizer _microsoft = null!;
    private string _text = "";

    [Params(10_000, 100_000, 1_000_000)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Load()
    {
        byte[] json = Vocabularies.Read("llama3_1");
        _own = Tokenization.HfTokenizer.Parse(json, "llama3_1");
        _microsoft = MicrosoftTokenizers.Bpe(json);
        _text = BenchmarkTexts.Line(Length);
        if (!_microsoft.EncodeToIds(_text).SequenceEqual(_own.Encode(_text)))
        {
            throw new InvalidOperationException("The tokenizers give different ids for the line, so that their times cannot be compared.");
        }
    }

    [Benchmark(Baseline = true)]
    public int[] HfTokenizer() => _own.Encode(_text);

    [Benchmark]
    public IReadOnlyList<int> BpeTokenizer() => _microsoft.EncodeToIds(_text);
}
