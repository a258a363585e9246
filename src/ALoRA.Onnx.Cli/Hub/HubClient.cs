using System.Net;
using System.Net.Http.Headers;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Hub;

/// <summary>Asks the hub: follows redirects itself, so that the token goes to the hub alone, and tries again what may pass.</summary>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 10;
    private const int MostTries = 5;
    // Of one that brings something each time, as on a line that breaks down again and again.
    private const int MostTriesWithProgress = 100;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);
    // A connection that gives nothing for so long is as good as broken.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    private readonly HubOptions _options;
    private readonly HttpClient _http;

    public HubClient(HubOptions options)
    {
        _options = options;
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = Silence })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        string version = typeof(HubClient).Assembly.GetName().Version?.ToString(3) ?? "0";
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("alora", version));
    }

    /// <summary>The address of a part of the hub.</summary>
    public Uri AddressOf(string relative) => new(_options.Endpoint, relative);

    /// <summary>
    /// Gets something and has it read. What may pass, such as a connection that ends early or a server that is busy, is tried again.
    /// </summary>
    /// <param name="address">What to get.</param>
    /// <param name="repository">Whose it is, for messages.</param>
    /// <param name="prepare">Completes each request; null for nothing.</param>
    /// <param name="read">Reads an answer; an <see cref="IOException"/> of its reading has it all tried again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandFailedException">The hub refuses it, or all tries failed.</exception>
    public async Task<T> GetAsync<T>(
        Uri address, string repository, Action<HttpRequestMessage>? prepare, Func<HubResponse, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken)
    {
        TimeSpan delay = FirstDelay;
        int fruitless = 0;
        for (int attempt = 1; ; attempt++)
        {
            bool hasProgress = false;
            string problem;
            TimeSpan? asked = null;
            using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            try
            {
                silence.CancelAfter(Silence);
                using HubResponse response = await SendAsync(address, prepare, OnProgress, silence.Token);
                if (response.IsSuccess)
                {
                    return await read(response, silence.Token);
                }

                problem = $"{address.Host} answered {(int)response.Last.StatusCode}";
                if (!IsPassing(response.Last.StatusCode))
                {
                    throw HubRefusal.Of(response, repository, _options.Token is not null);
                }

                asked = response.Last.Headers.RetryAfter?.Delta;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                problem = exception.Message.TrimEnd('.');
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                problem = $"{address.Host} sent nothing for {Silence.TotalSeconds:0} s";
            }

            fruitless = hasProgress ? 0 : fruitless + 1;
            delay = hasProgress ? FirstDelay : delay;
            if (fruitless == MostTries || attempt == MostTriesWithProgress)
            {
                throw new CommandFailedException(
                    ExitCode.Failed,
                    $"{repository} could not be read after {attempt} tries: {problem}. Check the connection, or HF_ENDPOINT; the same "
                    + "command goes on where this one ended. With HF_HUB_OFFLINE=1 only what was downloaded before is used.");
            }

            await _options.Delay(asked is { } wanted && wanted < LongestDelay ? wanted : delay, cancellationToken);
            delay *= 2;

            void OnProgress(int bytes)
            {
                hasProgress |= bytes > 0;
                silence.CancelAfter(Silence);
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<HubResponse> SendAsync(
        Uri address, Action<HttpRequestMessage>? prepare, Action<int> onProgress, CancellationToken cancellationToken)
    {
        List<HttpResponseMessage> hops = [];
        try
        {
            for (Uri next = address; ;)
            {
                using HttpRequestMessage request = new(HttpMethod.Get, next);
                prepare?.Invoke(request);
                if (_options.Token is { } token && IsHub(next))
                {
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                }

                HttpResponseMessage answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                hops.Add(answer);
                if ((int)answer.StatusCode is not (301 or 302 or 303 or 307 or 308) || answer.Headers.Location is not { } location)
                {
                    return new HubResponse(hops, onProgress);
                }

                Uri target = new(next, location);
                if (hops.Count > MostRedirects
                    || target.Scheme is not ("http" or "https")
                    || (next.Scheme == "https" && target.Scheme == "http"))
                {
                    throw new CommandFailedException(
                        ExitCode.BadInput, $"{next.Host} sends to {target.GetLeftPart(UriPartial.Path)}, which is not followed.");
                }

                next = target;
            }
        }
        catch
        {
            hops.ForEach(hop => hop.Dispose());
            throw;
        }
    }

    // The same server in every part: a token is no one else's business.
    private bool IsHub(Uri address) =>
        Uri.Compare(
            address, _options.Endpoint, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static bool IsPassing(HttpStatusCode status) =>
        (int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout;
}
