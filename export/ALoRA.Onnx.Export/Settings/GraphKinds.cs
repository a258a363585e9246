namespace ALoRA.Onnx.Export.Settings;

/// <summary>What kinds of graphs have in common.</summary>
internal static class GraphKinds
{
    /// <summary>Whether each row is a token in a slot of its own.</summary>
    public static bool IsBatch(this GraphKind kind) => kind is GraphKind.Batch or GraphKind.BatchBFloat16;

    /// <summary>Whether adapters lie in tables, by operators of our own.</summary>
    public static bool HasTables(this GraphKind kind) =>
        kind is GraphKind.Fused or GraphKind.FusedBFloat16 or GraphKind.Branches || kind.IsBatch();

    /// <summary>Whether those tables are in bfloat16.</summary>
    public static bool HasBFloat16Tables(this GraphKind kind) => kind is GraphKind.FusedBFloat16 or GraphKind.BatchBFloat16;
}
