using Microsoft.ML.Tokenizers;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>Says how many golden texts get the reference's ids.</summary>
internal static class ExactnessTable
{
    public static void Print()
    {
        Console.WriteLine(
            "| vocabulary | golden texts | ALoRA.Onnx | BpeTokenizer | TiktokenTokenizer |\n| --- | ---: | ---: | ---: | ---: |");
        foreach (string name in Vocabularies.Names)
        {
            byte[] json = Vocabularies.Read(name);
            IReadOnlyList<(string Text, int[] Ids)> cases = Vocabularies.Cases(name);
            HfTokenizer own = HfTokenizer.Parse(json, name);
            int exact = cases.Count(item => own.Encode(item.Text).AsSpan().SequenceEqual(item.Ids));
            string[] cells =
            [
                name, $"{cases.Count}", $"{exact}", Count(MicrosoftTokenizers.Bpe, json, cases),
                Count(MicrosoftTokenizers.Tiktoken, json, cases),
            ];
            Console.WriteLine($"| {string.Join(" | ", cells)} |");
        }
    }

    private static string Count(Func<byte[], Tokenizer> build, byte[] json, IReadOnlyList<(string Text, int[] Ids)> cases)
    {
        try
        {
            Tokenizer tokenizer = build(json);
            return $"{cases.Count(item => IsExact(tokenizer, item.Text, item.Ids))}";
        }
        catch (NotSupportedException exception)
        {
            return $"not built: {exception.Message}";
        }
    }

    private static bool IsExact(Tokenizer tokenizer, string text, int[] ids)
    {
        try
        {
            return tokenizer.EncodeToIds(text).SequenceEqual(ids);
        }
        catch (KeyNotFoundException)
        {
            // TiktokenTokenizer on a vocabulary without all bytes.
            return false;
        }
    }
}
