using System.Text.Json;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Hub;

/// <summary>What a repository has at a revision.</summary>
internal sealed class HubListing(HubClient client, string repository)
{
    private const int Sha1Digits = 40;
    private const int Sha256Digits = 64;
    // A listing page is some hundred kilobytes; what is larger by far is none.
    private const int MostBytesOfPage = 64 << 20;
    private const int MostPages = 1000;

    /// <summary>The commit of a branch, tag or commit.</summary>
    public async Task<string> CommitOfAsync(string revision, CancellationToken cancellationToken)
    {
        Uri address = client.AddressOf($"api/models/{repository}/revision/{Uri.EscapeDataString(revision)}");
        using JsonDocument document = (await GetAsync(address, cancellationToken)).Document;
        return document.RootElement.ValueKind == JsonValueKind.Object && Text(document.RootElement, "sha") is { } commit
            ? HubPath.Commit(commit)
            : throw Malformed(address, "a text sha");
    }

    /// <summary>All files of a commit.</summary>
    public async Task<IReadOnlyList<HubFile>> FilesOfAsync(string commit, CancellationToken cancellationToken)
    {
        List<HubFile> files = [];
        Uri? next = client.AddressOf($"api/models/{repository}/tree/{commit}?recursive=true");
        for (int page = 0; next is not null && page < MostPages; page++)
        {
            Uri address = next;
            (JsonDocument document, string? link) = await GetAsync(address, cancellationToken);
            using (document)
            {
                if (document.RootElement.ValueKind != JsonValueKind.Array)
                {
                    throw Malformed(address, "a list of files");
                }

                files.AddRange(document.RootElement.EnumerateArray().Where(entry => Text(entry, "type") == "file").Select(
                    entry => Read(entry) ?? throw Malformed(address, "path, size and oid of each file")));
            }

            next = NextOf(link) is { } target ? new Uri(address, target) : null;
        }

        return files;
    }

    private static HubFile? Read(JsonElement entry)
    {
        JsonElement content = entry.TryGetProperty("lfs", out JsonElement large) && large.ValueKind == JsonValueKind.Object ? large : entry;
        return Text(entry, "path") is { } path
            && Text(content, "oid")?.Replace("sha256:", "", StringComparison.Ordinal) is { } hash
            && HubPath.IsHash(hash, content.Equals(entry) ? Sha1Digits : Sha256Digits)
            && content.TryGetProperty("size", out JsonElement size) && size.ValueKind == JsonValueKind.Number
            && size.TryGetInt64(out long bytes) && bytes >= 0
            ? new HubFile(path, bytes, hash)
            : null;
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    // <https://…>; rel="next"
    private static string? NextOf(string? link)
    {
        string? part = link?.Split(',').FirstOrDefault(one => one.Contains("rel=\"next\"", StringComparison.Ordinal));
        int start = part?.IndexOf('<', StringComparison.Ordinal) ?? -1;
        int end = part?.IndexOf('>', StringComparison.Ordinal) ?? -1;
        return start >= 0 && end > start ? part![(start + 1)..end] : null;
    }

    private Task<(JsonDocument Document, string? Link)> GetAsync(Uri address, CancellationToken cancellationToken) => client.GetAsync(
        address,
        repository,
        request => request.Headers.Add("Accept", "application/json"),
        async (response, token) =>
        {
            using MemoryStream content = new();
            await using Stream stream = await response.Last.Content.ReadAsStreamAsync(token);
            byte[] buffer = new byte[1 << 16];
            int count;
            while ((count = await response.ReadAsync(stream, buffer, token)) > 0)
            {
                content.Write(buffer, 0, count);
                if (content.Length > MostBytesOfPage)
                {
                    throw Malformed(address, "a listing, got more than 64 MB");
                }
            }

            content.Position = 0;
            try
            {
                return (JsonDocument.Parse(content), response.Header("Link"));
            }
            catch (JsonException)
            {
                throw Malformed(address, "JSON");
            }
        },
        cancellationToken);

    private CommandFailedException Malformed(Uri address, string expected) => new(
        ExitCode.BadInput,
        $"{address.GetLeftPart(UriPartial.Path)} does not answer as the hub does: expected {expected}. Check HF_ENDPOINT and "
        + $"{repository}.");
}
