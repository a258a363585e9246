using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Devices;

/// <summary>Sizes of what a training has on a device.</summary>
/// <param name="Rows">Sequences that run at once.</param>
/// <param name="PageSize">Rows of a page of prefixes.</param>
/// <param name="PassingPages">Pages for prefixes of one batch that do not stay.</param>
/// <param name="LastingPages">Pages for prefixes that stay.</param>
internal sealed record DeviceSizes(int Rows, int PageSize, int PassingPages, int LastingPages)
{
    private const int LeastPage = 16;
    private const int LargestPage = 256;
    private const int PagesOfLongest = 16;

    /// <summary>Sizes for some prefixes.</summary>
    /// <param name="manifest">The base.</param>
    /// <param name="rows">Sequences that run at once.</param>
    /// <param name="prefixes">Lengths of all prefixes that are to stay, each distinct one once.</param>
    /// <param name="longest">Length of the longest prefix of all.</param>
    /// <param name="budget">Most bytes for those that stay.</param>
    public static DeviceSizes Of(ModelManifest manifest, int rows, IEnumerable<int> prefixes, int longest, long budget)
    {
        // Short pages waste little of the last one; a long prefix in short pages would be a long list.
        int page = LeastPage;
        while (page < LargestPage && page * PagesOfLongest < longest)
        {
            page *= 2;
        }

        long wanted = prefixes.Sum(length => (long)PrefixPages.PagesOf(length, page));
        long most = budget / PrefixPages.BytesOfPage(manifest, page);
        return new DeviceSizes(
            rows, page, rows * Math.Max(PrefixPages.PagesOf(longest, page), 1), checked((int)Math.Min(wanted, most)));
    }

    /// <summary>Bytes of all pages.</summary>
    public long PrefixBytes(ModelManifest manifest) =>
        (1L + PassingPages + LastingPages) * PrefixPages.BytesOfPage(manifest, PageSize);
}
