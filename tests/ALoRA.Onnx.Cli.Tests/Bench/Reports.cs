using ALoRA.Onnx.Cli.Bench;

namespace ALoRA.Onnx.Cli.Tests.Bench;

/// <summary>Reports with made-up figures.</summary>
internal static class Reports
{
    /// <summary>A model whose intrinsic takes 2 ms as aLoRA and 20 and 200 ms as LoRA at 256 and 1,024 tokens, each multiplied.</summary>
    public static async Task<BenchmarkedModel> ModelAsync(double factor = 1, params Measurement[] more) => new(
        "models/x", ModelManifest.Read(await DemoModel.GetFolderAsync()), "CPUExecutionProvider", 2, 1_000_000,
        [
            new Measurement(Figures.AsAlora, 256, Units.Milliseconds, [factor, 2 * factor, 4 * factor]),
            new Measurement(Figures.AsAlora, 1024, Units.Milliseconds, [2 * factor]),
            new Measurement(Figures.AsLora, 256, Units.Milliseconds, [20 * factor], Figures.AsAlora),
            new Measurement(Figures.AsLora, 1024, Units.Milliseconds, [200 * factor], Figures.AsAlora),
            .. more,
        ]);

    /// <summary>A report about them.</summary>
    public static BenchmarkReport Of(IReadOnlyList<LeftOutLength> leftOut, params BenchmarkedModel[] models) =>
        new(new MachineDescription("a processor", 2, "an OS", ".NET", "1.0"), models, leftOut, 123_000_000);
}
