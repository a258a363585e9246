using ALoRA.Onnx.Cluster.Tests.Processes;

namespace ALoRA.Onnx.Cluster.Tests.Chaos;

/// <summary>The demo model and what one node alone answers of it, for all chaos tests.</summary>
internal static class ChaosModel
{
    private static readonly Lazy<Task<References>> Alone = new(async () => await References.StartAsync(await DemoModel.FolderAsync()));

    public static Task<string> FolderAsync() => DemoModel.FolderAsync();

    /// <summary>What one node alone answers; kept for the whole run.</summary>
    public static Task<References> ReferencesAsync() => Alone.Value;

    /// <summary>Ends the node; called once, at the end of the run.</summary>
    public static async Task CleanUpAsync()
    {
        if (Alone.IsValueCreated && Alone.Value.IsCompletedSuccessfully)
        {
            await (await Alone.Value).DisposeAsync();
        }
    }
}
