using BenchmarkDotNet.Attributes;
using Microsoft.ML.Tokenizers;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>From the content of a <c>tokenizer.json</c>, unpacked, to a tokenizer.</summary>
[Config(typeof(TokenizerConfig))]
public class LoadBenchmarks
{
    private const string Llama3 = "llama3_1";
    private const string Gemma3 = "gemma3";
    private readonly Dictionary<string, byte[]> _contents = [];

    [GlobalSetup]
    public void Read()
    {
        _contents[Llama3] = Vocabularies.Read(Llama3);
        _contents[Gemma3] = Vocabularies.Read(Gemma3);
    }

    [Benchmark]
    [Arguments(Llama3)]
    [Arguments(Gemma3)]
    public HfTokenizer HfTokenizer(string vocabulary) => Onnx.HfTokenizer.Parse(_contents[vocabulary], vocabulary);

    /// <summary>Without Gemma 3's vocabulary, of which it cannot be built.</summary>
    [Benchmark]
    [Arguments(Llama3)]
    public Tokenizer BpeTokenizer(string vocabulary) => MicrosoftTokenizers.Bpe(_contents[vocabulary]);
}
