using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Serving.Slots;
using ALoRA.Onnx.Tensors;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>How much memory an engine takes for keys and values where nobody says it.</summary>
internal static class ArenaSize
{
    private const int PartOfFreeMemory = 4;

    // A device has no more memory than is there: it is taken at once, and longer contexts than these are rare.
    private const int UsualContext = 8192;

    // Without so many tokens a model is of little use; less is not taken unasked.
    private const int ShortestContext = 2048;

    /// <summary>
    /// Takes what options say; else as much as all rows of the longest context need, at most a quarter of the process's memory, and less
    /// where so much is not there: fewer slots first, then shorter contexts, which is logged.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public static SlotArena Create(KvLayout layout, TensorMemory memory, int longest, EngineOptions options, ILogger logger)
    {
        if (options.CacheBytes is long asked)
        {
            return new SlotArena(layout, memory, SlotSize.Divide(layout, longest, options.HalfOfPlaces, asked));
        }

        int context = longest;
        long bytes = Usual(layout, memory, context, options.HalfOfPlaces);
        while (true)
        {
            try
            {
                SlotArena arena = new(layout, memory, SlotSize.Divide(layout, context, options.HalfOfPlaces, bytes));
                if (context < longest)
                {
                    logger.ContextShortened(longest, longest * layout.BytesPerToken, context);
                }

                return arena;
            }
            catch (InsufficientMemoryException) when (bytes > context * layout.BytesPerToken)
            {
                bytes = Math.Max(bytes / 2, context * layout.BytesPerToken);
            }
            catch (InsufficientMemoryException) when (options.MaxContextTokens is null && context > ShortestContext)
            {
                context = Math.Max(context / 2, ShortestContext);
                bytes = context * layout.BytesPerToken;
            }
        }
    }

    private static long Usual(KvLayout layout, TensorMemory memory, int longest, int rows)
    {
        long wanted = rows * (long)(memory.IsHost ? longest : Math.Min(longest, UsualContext)) * layout.BytesPerToken;
        long free = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / PartOfFreeMemory;
        return Math.Max(Math.Min(wanted, free), longest * layout.BytesPerToken);
    }
}
