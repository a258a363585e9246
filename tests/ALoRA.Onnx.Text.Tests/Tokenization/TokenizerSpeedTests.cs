using System.Text;

namespace ALoRA.Onnx.Text.Tests.Tokenization;

/// <summary>No quadratic time, which would be hours for these texts; the figures that count are measured by the benchmark.</summary>
[TestClass]
public sealed class TokenizerSpeedTests
{
    private const int Megabyte = 1_000_000;

    [TestMethod]
    [DataRow("llama3_1")]
    [DataRow("gemma3")]
    [DataRow("tiny-unigram")]
    [DataRow("tiny-wordpiece")]
    public void Encode_OneMegabyteOfAnything_Ends(string name)
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
            int[] ids = [];
            HangGuard.Run($"{name} on {text.Length} characters from '{text[..10]}'", () => ids = tokenizer.Encode(text));

            // BERT's pre-tokenizer drops white space.
            Assert.IsTrue(ids.Length > 0 || string.IsNullOrWhiteSpace(text));
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
