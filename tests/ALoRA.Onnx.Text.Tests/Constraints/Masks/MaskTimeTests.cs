using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Constraints;
using ALoRA.Onnx.Constraints.Masks;
using ALoRA.Onnx.Constraints.Schemas;

namespace ALoRA.Onnx.Text.Tests.Constraints.Masks;

/// <summary>
/// Times of schemas as they are in the wild: printed, and never compared with a limit, as the machine is not known. Runs where
/// ALORA_MASK_TIMES names a tokenizer of the golden data, such as llama3_1.
/// </summary>
[TestClass]
public sealed class MaskTimeTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Mask_MaskBenchSample_PrintsItsTimes()
    {
        if (Environment.GetEnvironmentVariable("ALORA_MASK_TIMES") is not string name)
        {
            Assert.Inconclusive("Skipped: set ALORA_MASK_TIMES to the name of a tokenizer, such as llama3_1, to see how long masks take.");
            return;
        }

        string folder = GoldenData.Path("schemas", "maskbench");
        HfTokenizer tokenizer = HfTokenizer.Load(GoldenData.Path("text", "tokenizers", name));
        ConstraintVocabulary vocabulary = new(tokenizer, tokenizer.VocabularySize);
        List<double> first = [];
        List<double> each = [];
        int refused = 0;

        // The first round compiles the program itself.
        for (int round = 0; round < 2; round++)
        {
            first.Clear();
            each.Clear();
            refused = 0;
            foreach (string line in Directory.EnumerateFiles(folder, "*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadLines))
            {
                using JsonDocument row = JsonDocument.Parse(line);
                refused += Measure(row.RootElement, tokenizer, vocabulary, first, each) ? 0 : 1;
            }
        }

        TestContext.WriteLine($"{name}: {first.Count} schemas, {refused} refused, {each.Count} masks");
        TestContext.WriteLine($"compile and first mask, ms: p50 {At(first, 0.5):0.00}, p99 {At(first, 0.99):0.0}, most {At(first, 1):0.0}");
        TestContext.WriteLine(
            $"mask, µs: mean {1000 * each.Average():0}, p50 {1000 * At(each, 0.5):0.0}, p99 {1000 * At(each, 0.99):0}, "
            + $"p99.9 {1000 * At(each, 0.999):0}, most {1000 * At(each, 1):0}");
        Assert.IsNotEmpty(each);
    }

    private static bool Measure(
        JsonElement row, HfTokenizer tokenizer, ConstraintVocabulary vocabulary, List<double> first, List<double> each)
    {
        long start = Stopwatch.GetTimestamp();
        ConstraintMachine machine;
        try
        {
            TokenConstraint constraint = TokenConstraint.FromJsonSchema(
                row.GetProperty("schema").GetRawText(), new SchemaOptions { OpenObjects = true });
            machine = new ConstraintMachine(constraint.Program, vocabulary);
        }
        catch (JsonSchemaException)
        {
            return false;
        }

        _ = machine.Mask;
        first.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        foreach (JsonElement instance in row.GetProperty("valid").EnumerateArray())
        {
            StringBuilder text = new();
            SchemaText.Write(text, instance, JsonSpacing.Spaced);
            machine.Begin();
            foreach (int id in tokenizer.Encode(text.ToString()))
            {
                start = Stopwatch.GetTimestamp();
                _ = machine.Mask;
                each.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                if (!machine.Advance(id))
                {
                    break;
                }
            }
        }

        return true;
    }

    private static double At(List<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)((sorted.Length - 1) * share)];
    }
}
