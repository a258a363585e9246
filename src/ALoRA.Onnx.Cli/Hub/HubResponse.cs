namespace ALoRA.Onnx.Cli.Hub;

/// <summary>An answer of the hub and the redirects that led to it.</summary>
/// <param name="hops">The answers, the last one with the content. They are disposed with this.</param>
/// <param name="onProgress">Told how many bytes came in.</param>
internal sealed class HubResponse(IReadOnlyList<HttpResponseMessage> hops, Action<int> onProgress) : IDisposable
{
    /// <summary>The answer with the content.</summary>
    public HttpResponseMessage Last => hops[^1];

    public bool IsSuccess => Last.IsSuccessStatusCode;

    /// <summary>A header of the first answer that has it: those about a file are the hub's, not those of where it sends to.</summary>
    public string? Header(string name) => hops
        .Select(hop => hop.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null)
        .FirstOrDefault(value => value is not null);

    /// <summary>Reads some of the content.</summary>
    public async Task<int> ReadAsync(Stream content, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count = await content.ReadAsync(buffer, cancellationToken);
        onProgress(count);
        return count;
    }

    public void Dispose()
    {
        foreach (HttpResponseMessage hop in hops)
        {
            hop.Dispose();
        }
    }
}
