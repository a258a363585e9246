namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>Everything that a plan depends on.</summary>
/// <param name="requests">All requests, those that wait and those that have a slot, by <see cref="ScheduledRequest.Arrival"/>.</param>
/// <param name="tenants">Their tenants, as <see cref="TenantShares"/> keeps them.</param>
/// <param name="step">Number of this step; counts up by one from step to step.</param>
/// <param name="freeRows">Rows that nobody uses, or that hold only prefixes which may be dropped.</param>
/// <param name="chunkFactor">How much longer chunks took lately than the table of costs says; above 0.</param>
/// <param name="largestSlot">
/// Rows of the largest slot that is free or may be given up: free rows of many small ones are no room for one large request. All rows
/// where memory is in blocks.
/// </param>
internal readonly ref struct SchedulerState(
    ReadOnlySpan<ScheduledRequest> requests, ReadOnlySpan<TenantShare> tenants, long step, long freeRows,
    double chunkFactor = 1, int largestSlot = int.MaxValue)
{
    public ReadOnlySpan<ScheduledRequest> Requests { get; } = requests;

    public ReadOnlySpan<TenantShare> Tenants { get; } = tenants;

    public long Step { get; } = step;

    public long FreeRows { get; } = freeRows;

    public int LargestSlot { get; } = largestSlot;

    public double ChunkFactor { get; } = chunkFactor;
}
