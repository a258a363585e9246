using ALoRA.Onnx.Export;
using ALoRA.Onnx.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>
/// The graph of single tokens by operators of our own against its twin, the base's: in float32 and with plain loops for the operators, so
/// that it is seen without a GPU that the graph is right.
/// </summary>
[TestClass]
public sealed class StepGraphTests
{
    private const int Capacity = 40;

    [TestMethod]
    [DataRow("llama")]
    [DataRow("granite")]
    [DataRow("gemma")]
    [DataRow("gemma2")]
    [DataRow("gemma3_text")]
    [DataRow("llama3")]
    [DataRow("mistral")]
    [DataRow("mistral_sliding")]
    [DataRow("olmo2")]
    [DataRow("phi3")]
    [DataRow("qwen2")]
    [DataRow("qwen3")]
    [DataRow("smollm3")]
    [DataRow("stablelm")]
    public async Task Run_StepGraphOfAnArchitecture_GivesTheTwinsLogits(string checkpoint) =>
        await CompareAsync(GoldenData.Path("models", checkpoint));

    [TestMethod]
    public async Task Run_StepGraphOfTheDemo_GivesTheTwinsLogits() => await CompareAsync(DemoModel.Checkpoint);

    /// <summary>Attention has an operator for heads of these sizes alone.</summary>
    [TestMethod]
    [DataRow(64, 8, 2)]
    [DataRow(64, 3, 3)]
    [DataRow(128, 4, 2)]
    public async Task Run_StepGraphWithHeadsOfASize_GivesTheTwinsLogits(int size, int heads, int keyHeads)
    {
        using TemporaryFolder folder = new();
        await CompareAsync(await WideHeads.SynthesizeAsync(folder, size, heads, keyHeads), hasAttention: true);
    }

    /// <summary>Products of weights in 4 bits are an operator of our own, too, with and without zero points.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public async Task Run_StepGraphOf4Bits_GivesTheTwinsLogits(bool isSymmetric)
    {
        using TemporaryFolder folder = new();
        string checkpoint = await WideHeads.SynthesizeAsync(folder, 64, 4, 2);
        await CompareAsync(
            checkpoint, hasAttention: true, "NibbleProduct",
            new ExportOptions
            {
                Precision = ExportPrecision.Int4,
                Symmetric = isSymmetric,
                AccuracyLevel = 0,
                StepInFloat32 = true,
                Fanout = false,
            });
    }

    private static async Task CompareAsync(
        string checkpoint, bool hasAttention = false, string product = "LoraProduct", ExportOptions? options = null)
    {
        using TemporaryFolder folder = new();
        await Exporter.ExportAsync(
            checkpoint, folder["model"], options ?? new ExportOptions { StepInFloat32 = true, Fanout = false });
        using AloraModel model = AloraModel.Open(folder["model"]);
        ModelManifest manifest = model.Manifest;
        using InferenceSession twin = new(folder["model", manifest.BaseGraphFile!]);
        using SessionOptions settings = new();
        PlainStepOperators.Domain.AddTo(settings);
        using InferenceSession step = new(folder["model", manifest.StepGraphFile!], settings);
        string text = await File.ReadAllTextAsync(folder["model", manifest.StepGraphFile!]);
        Assert.AreEqual(hasAttention, text.Contains("StepAttention", StringComparison.Ordinal));
        Assert.Contains(product, text);
        Random random = new(5);
        using Cache first = new(manifest);
        using Cache second = new(manifest);
        foreach (int rows in (int[])[7, 1, 1, 5, 1])
        {
            long[] ids = [.. Enumerable.Range(0, rows).Select(_ => (long)random.Next(3, manifest.VocabularySize))];
            float[] expected = first.Run(twin, ids);
            float[] got = second.Run(step, ids);
            double worst = expected.Zip(got, (x, y) => Math.Abs(x - (double)y)).Max();
            Assert.IsLessThan(1e-4 * Math.Max(1, expected.Max(Math.Abs)), worst, $"{checkpoint}, {rows} rows behind {first.Length}");
        }
    }

    private sealed class Cache : IDisposable
    {
        private readonly ModelManifest _manifest;
        private readonly List<OrtValue> _values = [];

        public Cache(ModelManifest manifest)
        {
            _manifest = manifest;
            for (int i = 0; i < 2 * manifest.LayerCount; i++)
            {
                long[] shape = [1, manifest.KeyValueHeads, Capacity, manifest.HeadDim];
                _values.Add(OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, TensorElementType.Float, shape));
            }
        }

        public int Length { get; private set; }

        public float[] Run(InferenceSession session, long[] ids)
        {
            using OrtIoBinding binding = session.CreateIoBinding();
            using OrtValue tokens = OrtValue.CreateTensorValueFromMemory(ids, [1, ids.Length]);
            using OrtValue last = OrtValue.CreateTensorValueFromMemory([Length + ids.Length - 1], [1]);
            using OrtValue total = OrtValue.CreateTensorValueFromMemory([Length + ids.Length], []);
            using OrtValue wanted = OrtValue.CreateTensorValueFromMemory([(long)ids.Length - 1], [1]);
            float[] logits = new float[_manifest.VocabularySize];
            using OrtValue output = OrtValue.CreateTensorValueFromMemory(logits, [1, 1, logits.Length]);
            binding.BindInput(GraphSignature.InputIds, tokens);
            binding.BindInput(GraphSignature.SequenceLengths, last);
            binding.BindInput(GraphSignature.TotalSequenceLength, total);
            binding.BindInput(GraphSignature.LogitsPositions, wanted);
            binding.BindOutput(GraphSignature.Logits, output);
            for (int layer = 0; layer < _manifest.LayerCount; layer++)
            {
                binding.BindInput(GraphSignature.PastKey(layer), _values[2 * layer]);
                binding.BindInput(GraphSignature.PastValue(layer), _values[(2 * layer) + 1]);
                binding.BindOutput(GraphSignature.PresentKey(layer), _values[2 * layer]);
                binding.BindOutput(GraphSignature.PresentValue(layer), _values[(2 * layer) + 1]);
            }

            using RunOptions options = new();
            session.RunWithBinding(options, binding);
            Length += ids.Length;
            return logits;
        }

        public void Dispose() => _values.ForEach(value => value.Dispose());
    }
}
