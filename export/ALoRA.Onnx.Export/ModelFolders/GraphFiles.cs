using ALoRA.Onnx.Export.Graphs;

namespace ALoRA.Onnx.Export.ModelFolders;

/// <summary>The file of each graph and its key in the manifest.</summary>
internal static class GraphFiles
{
    public static string FileName(this GraphKind kind) => kind == GraphKind.Model ? ModelFolderFiles.Graph : ModelFolderFiles.FanoutGraph;

    public static string ManifestKey(this GraphKind kind) => kind == GraphKind.Model ? "model" : "fanout";
}
