using System.Diagnostics;
using System.Text;
using ALoRA.Onnx.Tokenization;

namespace ALoRA.Onnx.Tests.Tokenization;

/// <summary>Wide limits against quadratic time; the figures that count are measured by the benchmark.</summary>
[TestClass]
public sealed class TokenizerSpeedTests
{
    private const int Megabyte = 1_000_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [TestMethod]
    [DataRow("llama3_1")]
    [DataRow("gemma3")]
    [DataRow("tiny-unigram")]
    [DataRow("tiny-wordpiece")]
    public void Encode_OneMegabyteOfAnything_TakesSeconds(string name)
    {
        HfTokenizer tokenizer = HfTokenizer.Load(GoldenData.Path("text", "tokenizers", name));
        Random random = new(1);
        string[] texts =
        [
            Mixed(name),
            new string('a', Megabyte),
            new string(' ', Megabyte) + "x",
            new string('\n', Megabyte),
            new string('7', Megabyte),
            new string('!', Megabyte),
            new string([.. Enumerable.Range(0, Megabyte).Select(_ => (char)('a' + random.Next(26)))]),
            string.Concat(Enumerable.Repeat("中", Megabyte / 3)),
            string.Concat(Enumerable.Repeat("\U0001F600", Megabyte / 4)),
        ];
        foreach (string text in texts)
        {
            Stopwatch clock = Stopwatch.StartNew();
            tokenizer.Encode(text);
            Assert.IsTrue(clock.Elapsed < Limit, $"{name}: {clock.Elapsed} for {text.Length} characters from '{text[..10]}'.");
        }
    }

    private static string Mixed(string name)
    {
        StringBuilder text = new();
        string[] texts = [.. GoldenCases.Read(name, "cases.json").Select(item => item.GetProperty("text").GetString()!)];
        while (text.Length < Megabyte)
        {
            text.AppendJoin('\n', texts);
        }

        return text.ToString();
    }
}
