using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.ModelFolders;

/// <summary>The file of each graph and its key in the manifest.</summary>
internal static class GraphFiles
{
    public static string FileName(this GraphKind kind) => kind switch
    {
        GraphKind.Model => ModelFolderFiles.Graph,
        GraphKind.Base => ModelFolderFiles.BaseGraph,
        GraphKind.Fanout => ModelFolderFiles.FanoutGraph,
        GraphKind.Branches => ModelFolderFiles.BranchesGraph,
        GraphKind.Fused => ModelFolderFiles.FusedGraph,
        GraphKind.Step => ModelFolderFiles.StepGraph,
        GraphKind.FusedBFloat16 => ModelFolderFiles.FusedBFloat16Graph,
        GraphKind.Batch => ModelFolderFiles.BatchGraph,
        GraphKind.BatchBFloat16 => ModelFolderFiles.BatchBFloat16Graph,
        GraphKind.GenAI => ModelFolderFiles.GenAIGraph,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a graph."),
    };

    public static string ManifestKey(this GraphKind kind) => Path.GetFileNameWithoutExtension(kind.FileName());
}
