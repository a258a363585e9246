using ALoRA.Onnx.Tokenization;
using BenchmarkDotNet.Attributes;
using Microsoft.ML.Tokenizers;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>From the file's unpacked content to a tokenizer.</summary>
[Config(typeof(TokenizerConfig))]
public class LoadBenchmarks
{
    private byte[] _json = [];

    [Params("llama3_1", "gemma3")]
    public string Vocabulary { get; set; } = "";

    [GlobalSetup]
    public void Read() => _json = Vocabularies.Read(Vocabulary);

    [Benchmark(Baseline = true)]
    public HfTokenizer HfTokenizer() => Tokenization.HfTokenizer.Parse(_json, Vocabulary);

    /// <summary>Ends without figures for vocabularies of which it cannot be built.</summary>
    [Benchmark]
    public Tokenizer BpeTokenizer() => MicrosoftTokenizers.Bpe(_json);
}
