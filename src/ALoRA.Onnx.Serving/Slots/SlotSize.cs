using ALoRA.Onnx.Caching;

namespace ALoRA.Onnx.Serving.Slots;

/// <summary>A class of slots.</summary>
/// <param name="Slots">How many.</param>
/// <param name="Capacity">Rows of each.</param>
internal readonly record struct SlotSize(int Slots, int Capacity)
{
    private const int Smallest = 2048;
    private const int Factor = 4;

    /// <summary>
    /// Divides memory among classes: half of what is left to each, the smallest first, and the rest to the longest context. Each is at
    /// least four times as large as the one before: what lies between them costs runs of its own and saves little.
    /// </summary>
    /// <param name="layout">What a cache looks like.</param>
    /// <param name="longest">Most rows of a request.</param>
    /// <param name="rows">Requests that decode at once; twice as many slots are enough for them and for what they leave.</param>
    /// <param name="bytes">Memory of all slots.</param>
    /// <exception cref="ArgumentOutOfRangeException">The memory does not hold one request of the longest context.</exception>
    public static IReadOnlyList<SlotSize> Divide(KvLayout layout, int longest, int rows, long bytes)
    {
        long left = bytes / layout.BytesPerToken;
        if (left < longest)
        {
            throw new ArgumentOutOfRangeException(
                nameof(bytes),
                bytes,
                $"The KV cache of {bytes:N0} bytes holds {left} tokens, but one request may have {longest} "
                + $"({longest * layout.BytesPerToken:N0} bytes). Give it more memory ({nameof(EngineOptions)}."
                + $"{nameof(EngineOptions.CacheBytes)}), or allow shorter contexts ({nameof(EngineOptions.MaxContextTokens)}).");
        }

        List<SlotSize> sizes = [];
        left -= longest;
        for (int capacity = Smallest; capacity <= longest / Factor; capacity *= Factor)
        {
            int slots = (int)Math.Min(2 * rows, left / 2 / capacity);
            if (slots > 0)
            {
                sizes.Add(new SlotSize(slots, capacity));
                left -= (long)slots * capacity;
            }
        }

        sizes.Add(new SlotSize((int)Math.Min(2 * rows, 1 + (left / longest)), longest));
        return sizes;
    }
}
