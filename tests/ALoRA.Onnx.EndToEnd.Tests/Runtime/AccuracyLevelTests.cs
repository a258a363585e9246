using System.Runtime.InteropServices;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>An export of the default levels against its twins of one level each: long runs are level 0's, short ones level 4's.</summary>
[TestClass]
public sealed class AccuracyLevelTests
{
    private const int Long = 100;
    private const int Short = 5;

    // Kernels of one level add up in another order; rounded activations are far off.
    private const float Near = 1e-4f;

    [TestMethod]
    [DataRow(null)]
    [DataRow("certainty")]
    public async Task Forward_Int4OfDefaultLevels_RoundsActivationsInShortRunsOnly(string? adapter)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Assert.Inconclusive("ONNX Runtime computes both levels of one graph on x64 only.");
        }

        using TemporaryFolder folder = new();
        using AloraModel both = await OpenAsync(folder["both"], null);
        using AloraModel exact = await OpenAsync(folder["exact"], 0);
        using AloraModel rounded = await OpenAsync(folder["rounded"], 4);

        Assert.IsLessThan(Near, await DistanceAsync(both, exact, Long, adapter));
        Assert.IsGreaterThan(10 * Near, await DistanceAsync(both, rounded, Long, adapter));
        Assert.IsLessThan(Near, await DistanceAsync(both, rounded, Short, adapter));
        Assert.IsGreaterThan(10 * Near, await DistanceAsync(both, exact, Short, adapter));
    }

    // A head of 8 bits is computed at the graph's level in any case.
    private static async Task<AloraModel> OpenAsync(string folder, int? level)
    {
        await Exporter.ExportAsync(DemoModel.Checkpoint, folder, new ExportOptions
        {
            Precision = ExportPrecision.Int4,
            HeadPrecision = ExportPrecision.Float32,
            AccuracyLevel = level,
            Adapters = [new ExportAdapter(Path.Combine(DemoModel.Checkpoint, "adapters", "certainty"))],
        });
        return await AloraModel.OpenAsync(folder);
    }

    private static async Task<float> DistanceAsync(AloraModel first, AloraModel second, int tokens, string? adapter)
    {
        int[] ids = Prompts.Random(tokens);
        ForwardOptions options = new() { LogitsPositions = [tokens - 1], Adapter = adapter, ActivationStart = adapter is null ? null : 0 };
        using Conversation x = first.CreateConversation();
        using Conversation y = second.CreateConversation();
        float[] expected = (await x.ForwardAsync(ids, options))[0].ToArray();
        float[] actual = (await y.ForwardAsync(ids, options))[0].ToArray();
        return expected.Zip(actual).Max(pair => Math.Abs(pair.First - pair.Second));
    }
}
