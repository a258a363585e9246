namespace ALoRA.Onnx.Caching.Prefixes;

/// <summary>Blocks that start a prompt, kept in memory until this is disposed.</summary>
internal sealed class PrefixMatch(IReadOnlyList<PrefixBlock> blocks, int length) : IDisposable
{
    /// <summary>Tokens that match.</summary>
    public int Length => length;

    /// <summary>
    /// Copies the rows from <paramref name="from"/> on into a cache, which has room for them and no other rows behind that.
    /// </summary>
    public void CopyTo(KvCache cache, int from)
    {
        int start = 0;
        foreach (PrefixBlock block in blocks)
        {
            int skipped = Math.Max(from - start, 0);
            int count = Math.Min(block.Tokens.Length, length - start) - skipped;
            if (count > 0)
            {
                block.CopyTo(cache, start + skipped, skipped, count);
            }

            start += block.Tokens.Length;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PrefixBlock block in blocks)
        {
            block.Dispose();
        }
    }
}
