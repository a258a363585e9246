using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Hub;

/// <summary>Brings the content of a file: from where an earlier download ended, and only as a whole whose checksum is right.</summary>
internal sealed class HubDownload(HubClient client, HubCache cache, string repository, string commit)
{
    private const int BufferBytes = 1 << 18;

    /// <summary>Downloads a file into its blob.</summary>
    /// <param name="file">The file.</param>
    /// <param name="onBytes">Told how much of it is there; it may be less than before, where something has to be done again.</param>
    /// <param name="cancellationToken">Ends it; what came in stays for the next time.</param>
    /// <exception cref="CommandFailedException">The hub refuses it, or gives something else than it says.</exception>
    public async Task RunAsync(HubFile file, Action<long> onBytes, CancellationToken cancellationToken)
    {
        string incomplete = cache.IncompleteOf(file);
        Directory.CreateDirectory(Path.GetDirectoryName(incomplete)!);
        await using (FileStream stream = Open(incomplete))
        {
            bool isResumed = stream.Length > 0;
            if (!await CompleteAsync(file, stream, onBytes, cancellationToken))
            {
                // What an earlier download left may have been wrong; what came in whole just now is the hub's own.
                stream.SetLength(0);
                if (!isResumed || !await CompleteAsync(file, stream, onBytes, cancellationToken))
                {
                    stream.SetLength(0);
                    throw new CommandFailedException(
                        ExitCode.BadInput,
                        $"{file.Path} of {repository} does not have the checksum {file.Hash} that the hub gives for it. It was not kept; "
                        + "try again, or from another HF_ENDPOINT.");
                }
            }

            stream.Flush(flushToDisk: true);
        }

        File.Move(incomplete, cache.BlobOf(file), overwrite: true);
    }

    private FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new CommandFailedException(
                ExitCode.Failed, $"{repository} is being downloaded by another process ({path} is in use). Wait for it.", exception);
        }
    }

    // Whether the checksum of the whole is right.
    private async Task<bool> CompleteAsync(HubFile file, FileStream stream, Action<long> onBytes, CancellationToken cancellationToken)
    {
        if (stream.Length > file.Size)
        {
            stream.SetLength(0);
        }

        if (stream.Length < file.Size)
        {
            string path = string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString));
            await client.GetAsync(
                client.AddressOf($"{repository}/resolve/{commit}/{path}"),
                repository,
                request => request.Headers.Range = stream.Length > 0 ? new RangeHeaderValue(stream.Length, null) : null,
                (response, token) => CopyAsync(file, response, stream, onBytes, token),
                cancellationToken);
        }

        return await HashAsync(file, stream, cancellationToken) == file.Hash;
    }

    private async Task<bool> CopyAsync(
        HubFile file, HubResponse response, FileStream stream, Action<long> onBytes, CancellationToken cancellationToken)
    {
        CheckHeaders(file, response);
        long start = response.Last.StatusCode == HttpStatusCode.PartialContent
            ? response.Last.Content.Headers.ContentRange?.From ?? -1
            : 0;
        if (start != 0 && start != stream.Length)
        {
            stream.SetLength(0);
            throw new IOException($"it gave bytes from {start} on, which were not asked for");
        }

        // A server that knows no ranges gives all of it again.
        stream.SetLength(start);
        stream.Position = start;
        await using Stream content = await response.Last.Content.ReadAsStreamAsync(cancellationToken);
        byte[] buffer = new byte[BufferBytes];
        int count;
        while ((count = await response.ReadAsync(content, buffer, cancellationToken)) > 0)
        {
            if (stream.Position + count > file.Size)
            {
                stream.SetLength(0);
                throw new CommandFailedException(
                    ExitCode.BadInput, $"{file.Path} of {repository} is longer than the {file.Size:N0} bytes that the hub gives for it.");
            }

            stream.Write(buffer, 0, count);
            onBytes(stream.Position);
        }

        return stream.Length == file.Size
            ? true
            : throw new IOException($"it ended after {stream.Length:N0} of {file.Size:N0} bytes");
    }

    // What the hub says beside the file has to be what it said in the listing.
    private void CheckHeaders(HubFile file, HubResponse response)
    {
        string? hash = HashOf(response.Header("X-Linked-Etag")) ?? (file.IsLarge ? null : HashOf(response.Header("ETag")));
        string? size = response.Header("X-Linked-Size");
        string? other = response.Header("X-Repo-Commit");
        string? problem = hash is not null && hash != file.Hash ? $"checksum {hash}, the listing {file.Hash}"
            : size is not null && size != file.Size.ToString(CultureInfo.InvariantCulture) ? $"{size} bytes, the listing {file.Size}"
            : other is not null && other != commit ? $"commit {other}, the listing {commit}"
            : null;
        if (problem is not null)
        {
            throw new CommandFailedException(
                ExitCode.BadInput, $"{file.Path} of {repository} is another file than the hub lists: it has {problem}. Try again.");
        }
    }

    // "…" or W/"…"; what is no hash says nothing.
    private static string? HashOf(string? tag)
    {
        string text = tag?.Replace("W/", "", StringComparison.Ordinal).Trim('"') ?? "";
        return HubPath.IsHash(text, 40) || HubPath.IsHash(text, 64) ? text : null;
    }

    private static async Task<string> HashAsync(HubFile file, FileStream stream, CancellationToken cancellationToken)
    {
#pragma warning disable CA5350 // Git names its blobs so.
        using IncrementalHash hash = IncrementalHash.CreateHash(file.IsLarge ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        if (!file.IsLarge)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {stream.Length}\0")));
        }

        stream.Position = 0;
        byte[] buffer = new byte[BufferBytes];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            hash.AppendData(buffer, 0, count);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
