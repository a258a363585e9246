using System.Diagnostics;
using System.Net;
using System.Text.Json;
using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving.Requests;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Transfer;

/// <summary>
/// Brings rows of a prompt from the server that has them, where that is quicker than to compute them by what both have measured. They serve
/// requests of their scope alone. Thread-safe.
/// </summary>
internal sealed class RowFetcher(
    NodeTable table, PeerHttp peers, ClusterKey key, TransferRates rates, TimeProvider time, ILogger<RowFetcher> logger) : IRowFetcher
{
    /// <summary>Bytes that are sent to measure how fast they come.</summary>
    public const int ProbeBytes = 1 << 20;

    /// <summary>Where they are asked for.</summary>
    public const string ProbePath = "/internal/probe";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AtLeast = TimeSpan.FromSeconds(1);
    private long _rows;

    /// <summary>Rows that were fetched so far.</summary>
    public long Rows => Volatile.Read(ref _rows);

    /// <inheritdoc/>
    public void Observe(Task<TokenUsage> prompt)
    {
        long started = time.GetTimestamp();
        _ = prompt.ContinueWith(
            task => rates.Computed(task.Result.ComputedTokens, time.GetElapsedTime(started)), CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <inheritdoc/>
    public async Task FetchAsync(OpenedModel opened, RunEnvelope envelope)
    {
        if (!peers.CanAsk || envelope.Previous is not { } previous || AddressOf(previous) is not { } address)
        {
            return;
        }

        int[] ids = IdsOf(opened, envelope);
        if (ids.Length < IRowFetcher.FewestTokens || rates.TokensPerSecond <= 0)
        {
            return;
        }

        string file = Path.Combine(Path.GetTempPath(), $"alora-rows-{Guid.NewGuid():n}");
        try
        {
            using CancellationTokenSource limit = new(Patience, time);
            double speed = rates.BytesPerSecond(address) ?? await ProbeAsync(address, limit.Token).ConfigureAwait(false);
            if (!TransferRates.IsWorthFetching(opened.Engine.BytesPerToken, speed, rates.TokensPerSecond))
            {
                return;
            }

            // Whoever is slower than it was measured must not cost more than it could have saved.
            limit.CancelAfter(AtLeast + (ids.Length / rates.TokensPerSecond * TimeSpan.FromSeconds(1)));
            if (await DownloadAsync(opened, envelope, ids, address, file, limit.Token).ConfigureAwait(false))
            {
                int rows = await AdoptAsync(opened, envelope.CacheScope, file, limit.Token).ConfigureAwait(false);
                Interlocked.Add(ref _rows, rows);
                logger.Fetched(rows, ids.Length, previous.Endpoint);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or FormatException or OperationCanceledException
            or InsufficientMemoryException or ObjectDisposedException or UnauthorizedAccessException)
        {
            logger.NotFetched(previous.Endpoint, exception.Message);
        }
        finally
        {
            File.Delete(file);
        }
    }

    // The base's: an adapter's own are not given away.
    private static int[] IdsOf(OpenedModel opened, RunEnvelope envelope)
    {
        if (envelope.Adapter is null)
        {
            return [.. envelope.Prompt, .. envelope.Answered];
        }

        return PortableRequest.OwnsWholePrompt(opened.Model, envelope.Adapter) || envelope.ActivationPosition is not { } start
            ? []
            : envelope.Prompt[..Math.Min(start, envelope.Prompt.Length)];
    }

    private string? AddressOf(SiloAddress node) =>
        table.Reports.FirstOrDefault(report => report.Node.Equals(node))?.HttpAddress;

    private async Task<double> ProbeAsync(string address, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await peers.GetAsync(address, ProbePath, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        Stopwatch watch = Stopwatch.StartNew();
        byte[] bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        rates.Received(address, bytes.Length, watch.Elapsed);
        return bytes.Length / Math.Max(watch.Elapsed.TotalSeconds, 1e-6);
    }

    private async Task<bool> DownloadAsync(
        OpenedModel opened, RunEnvelope envelope, int[] ids, string address, string file, CancellationToken cancellationToken)
    {
        Stopwatch watch = Stopwatch.StartNew();
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(
            PrefixRequest.Of(opened, ids, envelope.CacheScope), TransferJson.Default.PrefixRequest);
        using HttpResponseMessage response = await peers.PostAsync(address, PrefixRequest.Path, body, cancellationToken)
            .ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return false;
        }

        // No more than the rows can be, and a header.
        long most = (opened.Engine.BytesPerToken * ids.Length) + (1L << 22);
        FileStream target = new(file, FileMode.CreateNew, FileAccess.Write);
        await using (target.ConfigureAwait(false))
        {
            Stream source = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (source.ConfigureAwait(false))
            {
                byte[] buffer = new byte[1 << 16];
                int read;
                while ((read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    if (target.Length + read > most)
                    {
                        throw new IOException($"More than {most} bytes came, which rows of {ids.Length} tokens do not have.");
                    }

                    await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                }
            }

            rates.Received(address, target.Length, watch.Elapsed);
        }

        return true;
    }

    private async Task<int> AdoptAsync(OpenedModel opened, string? scope, string file, CancellationToken cancellationToken)
    {
        using Conversation conversation = await opened.Model.LoadConversationAsync(
            file, new LoadOptions { Key = key.FileKey }, cancellationToken).ConfigureAwait(false);
        return await opened.Engine.AdoptPrefixAsync(conversation, scope).ConfigureAwait(false);
    }
}
