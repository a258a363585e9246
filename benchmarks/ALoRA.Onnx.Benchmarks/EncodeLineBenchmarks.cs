using BenchmarkDotNet.Attributes;
using Microsoft.ML.Tokenizers;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>
/// A line without spaces of growing length, with Llama 3's vocabulary: time should grow with the length, not with its square.
/// </summary>
[Config(typeof(TokenizerConfig))]
public class EncodeLineBenchmarks
{
    private const int Short = 10_000;
    private const int Middle = 100_000;
    private const int Long = 1_000_000;
    private readonly Dictionary<int, string> _lines = new()
    {
        [Short] = BenchmarkTexts.Line(Short),
        [Middle] = BenchmarkTexts.Line(Middle),
        [Long] = BenchmarkTexts.Line(Long),
    };
    private HfTokenizer _own = null!;
    private Tokenizer _microsoft = null!;

    [GlobalSetup]
    public void Load()
    {
        byte[] json = Vocabularies.Read("llama3_1");
        _own = Onnx.HfTokenizer.Parse(json, "llama3_1");
        _microsoft = MicrosoftTokenizers.Bpe(json);
        if (!_microsoft.EncodeToIds(_lines[Short]).SequenceEqual(_own.Encode(_lines[Short])))
        {
            throw new InvalidOperationException("The tokenizers give different ids for the line, so that their times cannot be compared.");
        }
    }

    [Benchmark]
    [Arguments(Short)]
    [Arguments(Middle)]
    [Arguments(Long)]
    public int[] HfTokenizer(int length) => _own.Encode(_lines[length]);

    /// <summary>Without the longest line, which takes it minutes.</summary>
    [Benchmark]
    [Arguments(Short)]
    [Arguments(Middle)]
    public IReadOnlyList<int> BpeTokenizer(int length) => _microsoft.EncodeToIds(_lines[length]);
}
