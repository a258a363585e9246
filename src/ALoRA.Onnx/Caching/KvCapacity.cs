namespace ALoRA.Onnx.Caching;

/// <summary>How a cache grows: by half, at least by one step, in whole steps, never beyond the longest context.</summary>
/// <remarks>
/// Every growth copies all rows; growing geometrically keeps the copies of a long conversation proportional to its length.
/// </remarks>
internal static class KvCapacity
{
    /// <summary>Rows are allocated in multiples of this.</summary>
    public const int Step = 256;

    /// <summary>The next capacity that holds <paramref name="required"/> rows.</summary>
    /// <param name="current">Capacity now; 0 for a new cache.</param>
    /// <param name="required">Rows that must fit, at most <paramref name="longest"/>.</param>
    /// <param name="longest">The most rows ever.</param>
    public static int Next(int current, int required, int longest)
    {
        if (required > longest)
        {
            throw new ArgumentOutOfRangeException(nameof(required), required, $"The cache holds at most {longest} rows.");
        }

        if (required <= current)
        {
            return current;
        }

        long grown = Math.Max(required, current + (long)Math.Max(current / 2, current == 0 ? 0 : Step));
        return (int)Math.Min((grown + Step - 1) / Step * Step, longest);
    }
}
