using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Tests.Adapters;

[TestClass]
public sealed class AdapterSizeTests
{
    private const double Head = 0.25;

    [TestMethod]
    [DataRow("llama", ExportPrecision.Float32)]
    [DataRow("llama", ExportPrecision.Float16)]
    [DataRow("phi3", ExportPrecision.Float32)]
    [DataRow("granite", ExportPrecision.Float32)]
    public async Task OutputBytes_WithAdapters_CountsTheirFiles(string model, ExportPrecision precision)
    {
        string source = GoldenData.Path("models", model);
        using TemporaryFolder temporary = new();
        ExportOptions options = new()
        {
            Precision = precision,
            Adapters =
                [.. Directory.GetDirectories(Path.Combine(source, "adapters")).Where(IsPeft).Select(folder => new ExportAdapter(folder))],
        };

        using Checkpoint checkpoint = CheckpointReader.Open(source);
        ExportDraft draft = ExportDraft.Of(checkpoint, PrecisionPlan.From(options), options);
        ExportReport report = await Exporter.ExportAsync(source, temporary["model"], options);

        long written = report.Files.Where(file => file.Name.EndsWith(".onnx_adapter", StringComparison.Ordinal)).Sum(file => file.Bytes);
        Assert.IsGreaterThan(0, options.Adapters.Count);
        Assert.IsLessThanOrEqualTo(written, draft.AdapterLength);
        Assert.IsGreaterThan((1 - Head) * written, draft.AdapterLength);
        Assert.AreEqual(draft.DataLength + draft.AdapterLength, draft.OutputBytes);
    }

    // Those of the old form have a text in place of ids, which the exporter does not take.
    private static bool IsPeft(string folder) => PeftAdapter.Read(folder).InvocationString is null;
}
