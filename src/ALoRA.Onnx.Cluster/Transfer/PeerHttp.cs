using System.Net.Http.Headers;

namespace ALoRA.Onnx.Cluster.Transfer;

/// <summary>Asks other servers over HTTP, with the cluster's key. Thread-safe.</summary>
internal sealed class PeerHttp(ClusterKey key) : IDisposable
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = ConnectTime, AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Whether there is a key to ask with.</summary>
    public bool CanAsk => key.Header is not null;

    /// <summary>Asks one; the caller disposes the answer.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<HttpResponseMessage> GetAsync(string server, string path, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(new Uri(server), path));
        request.Headers.TryAddWithoutValidation("Authorization", key.Header);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends JSON to one; the caller disposes the answer.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<HttpResponseMessage> PostAsync(string server, string path, byte[] json, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(new Uri(server), path)) { Content = new ByteArrayContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("Authorization", key.Header);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _http.Dispose();
}
