using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Cluster.Wire;

namespace ALoRA.Onnx.Cluster.Transfer;

/// <summary>Brings a converted adapter from whichever server has it.</summary>
internal sealed class AdapterFetcher(NodeTable table, PeerHttp peers)
{
    /// <summary>The header with an adapter's <see cref="AdapterPackage.DigestAsync"/>.</summary>
    public const string Digest = "Alora-Digest";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Path of an adapter, by its hash.</summary>
    public static string PathOf(string hash) => $"/internal/adapters/{hash}";

    /// <summary>Brings one.</summary>
    /// <param name="hash">Its <see cref="Adapter.ContentHash"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A folder of its own, which the caller deletes; or why there is none.</returns>
    public async Task<(string? Folder, string? Problem)> FetchAsync(string hash, CancellationToken cancellationToken)
    {
        if (!peers.CanAsk)
        {
            return (
                null, "It is not in this server's adapters folder, and without --cluster-key-file servers do not fetch from each other.");
        }

        List<string> problems = [];
        NodeReport[] reports = [.. table.Reports];

        // All servers want it at the same time, and not all from the same one.
        Random.Shared.Shuffle(reports);
        foreach (NodeReport report in reports)
        {
            if (report.HttpAddress is not { } address || report.Node.Equals(table.Self))
            {
                continue;
            }

            string folder = Directory.CreateTempSubdirectory("alora-cluster-").FullName;
            try
            {
                using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(Patience);
                if (await TryFetchAsync(address, hash, folder, limit.Token).ConfigureAwait(false) is not { } problem)
                {
                    return (folder, null);
                }

                problems.Add($"{report.Node.Endpoint}: {problem}");
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidDataException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                problems.Add($"{report.Node.Endpoint}: {exception.Message}");
            }

            Directory.Delete(folder, recursive: true);
        }

        return (null, problems.Count == 0 ? "No other server that could have it answers." : string.Join("; ", problems) + ".");
    }

    private async Task<string?> TryFetchAsync(string address, string hash, string folder, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await peers.GetAsync(address, PathOf(hash), cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            return $"status {(int)response.StatusCode}";
        }

        if (!response.Headers.TryGetValues(Digest, out IEnumerable<string>? digests))
        {
            return "an answer without a digest";
        }

        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            await AdapterPackage.ReadAsync(body, folder, digests.First(), cancellationToken).ConfigureAwait(false);
            return null;
        }
    }
}
