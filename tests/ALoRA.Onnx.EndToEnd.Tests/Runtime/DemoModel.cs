using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>The demo checkpoint of this repository, exported once to float32 with all its adapters.</summary>
internal static class DemoModel
{
    private static readonly TemporaryFolder Temporary = new();
    private static readonly Lazy<Task> Exported = new(ExportAsync);
    private static readonly Lazy<Task<AloraModel>> Shared = new(OpenSharedAsync);

    /// <summary>Folder of the checkpoint.</summary>
    public static string Checkpoint => Path.Combine(RepositoryFolder.Root, "onnx-models", "demo-checkpoint");

    /// <summary>Names of its adapters.</summary>
    public static IReadOnlyList<string> AdapterNames =>
        [.. Directory.EnumerateDirectories(Path.Combine(Checkpoint, "adapters"))
            .Select(folder => Path.GetFileName(folder))
            .Order(StringComparer.Ordinal)];

    /// <summary>The exported folder, for tests that open it themselves. Not to be changed.</summary>
    public static async Task<string> FolderAsync()
    {
        await Exported.Value;
        return Temporary["demo"];
    }

    /// <summary>One open model for all tests that do not load, unload or dispose.</summary>
    public static Task<AloraModel> OpenAsync() => Shared.Value;

    /// <summary>A model of the test's own.</summary>
    public static async Task<AloraModel> OpenOwnAsync(AloraModelOptions? options = null) =>
        await AloraModel.OpenAsync(await FolderAsync(), options);

    /// <summary>Closes the models and deletes the exports; called once, at the end of the run.</summary>
    public static async Task CleanUpAsync()
    {
        if (Shared.IsValueCreated)
        {
            (await Shared.Value).Dispose();
        }

        Temporary.Dispose();
    }

    private static async Task ExportAsync()
    {
        await Exporter.ExportAsync(Checkpoint, Temporary["demo"]);
        foreach (string name in AdapterNames)
        {
            await AdapterConverter.ConvertAsync(Path.Combine(Checkpoint, "adapters", name), Temporary["demo"]);
        }
    }

    private static async Task<AloraModel> OpenSharedAsync() => await AloraModel.OpenAsync(await FolderAsync());
}
