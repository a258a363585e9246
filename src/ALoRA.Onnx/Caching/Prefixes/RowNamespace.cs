namespace ALoRA.Onnx.Caching.Prefixes;

/// <summary>Which weights computed rows, from which position on. Two of them never read each other's rows.</summary>
/// <param name="AdapterHash">
/// SHA-256 of the adapter's weights; null for the base. Never a name: another adapter may have it tomorrow.
/// </param>
/// <param name="Start">Position of the first adapted row; 0 for the base.</param>
internal readonly record struct RowNamespace(string? AdapterHash, int Start)
{
    /// <summary>Rows of the base.</summary>
    public static RowNamespace Base => default;

    /// <summary>Rows of an adapter that is active from a position on.</summary>
    public static RowNamespace Of(Adapter? adapter, int start) => adapter is null ? Base : new(adapter.Weights.ContentHash, start);
}
