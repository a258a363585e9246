using System.Text.Json.Nodes;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Adapters of the demo model with definitions of a test's own.</summary>
internal static class DemoAdapter
{
    /// <summary>Copies an adapter of the model's folder, gives it a definition, and opens it as an intrinsic.</summary>
    /// <param name="model">The demo model, one of the test's own.</param>
    /// <param name="folder">Where the copy goes.</param>
    /// <param name="adapter">Whose weights it has.</param>
    /// <param name="definition">Text of its <c>io.yaml</c>.</param>
    /// <param name="changeManifest">Changes its <c>adapter.json</c>; null leaves it.</param>
    /// <param name="name">The copy's name; null takes one that no other copy has.</param>
    public static Intrinsic Open(
        AloraModel model, TemporaryFolder folder, string adapter, string definition, Action<JsonNode>? changeManifest = null,
        string? name = null)
    {
        name ??= $"{adapter}-{Guid.NewGuid():N}";
        string target = folder[name];
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(model.Folder, "adapters", adapter)))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        string manifestFile = Path.Combine(target, AdapterManifest.FileName);
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(manifestFile))!;
        changeManifest?.Invoke(manifest);
        File.WriteAllText(manifestFile, manifest.ToJsonString());
        File.WriteAllText(Path.Combine(target, IntrinsicDefinition.FileName), definition);
        model.Adapters.Load(target, name);
        return model.OpenIntrinsic(name);
    }
}
