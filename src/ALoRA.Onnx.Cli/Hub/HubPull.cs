using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Hub;

/// <summary>Brings a repository of the hub onto this machine.</summary>
/// <param name="options">Where the hub and the cache are.</param>
/// <param name="progress">Told how far it is.</param>
internal sealed class HubPull(HubOptions options, IProgress<ProgressState> progress)
{
    private const string UsualRevision = "main";

    /// <summary>Downloads what is needed of a repository and not there yet.</summary>
    /// <param name="repository">Its name, <c>ORGANISATION/MODEL</c>.</param>
    /// <param name="revision">A branch, tag or commit; null for the main branch.</param>
    /// <param name="patterns">Paths of files, with * and ?; none for those that are needed.</param>
    /// <param name="cancellationToken">Ends it; what came in stays for the next time.</param>
    /// <exception cref="CommandFailedException">It cannot be had.</exception>
    public async Task<HubSnapshot> RunAsync(
        string repository, string? revision, IReadOnlyList<string> patterns, CancellationToken cancellationToken)
    {
        revision ??= UsualRevision;
        HubCache cache = new(options.CacheFolder, repository);
        cache.RequireReference(revision);
        if (options.IsOffline)
        {
            return cache.Find(revision);
        }

        progress.Report(new ProgressState($"Asking {options.Endpoint.Host} for {repository}", 0, 0));
        using HubClient client = new(options);
        HubListing listing = new(client, repository);
        string commit = await listing.CommitOfAsync(revision, cancellationToken);
        IReadOnlyList<HubFile> files = HubSelection.Choose(repository, await listing.FilesOfAsync(commit, cancellationToken), patterns);
        string snapshot = cache.SnapshotOf(commit);
        foreach (HubFile file in files)
        {
            // Before the first byte is written.
            _ = HubPath.Below(snapshot, file.Path, "The file");
        }

        HubFile[] missing = [.. files.Where(file => !cache.Has(file)).DistinctBy(file => file.Hash)];
        RequireSpace(missing.Sum(file => file.Size) - missing.Sum(file => LengthOf(cache.IncompleteOf(file))));
        HubDownload download = new(client, cache, repository, commit);
        long done = 0;
        long total = missing.Sum(file => file.Size);
        foreach (HubFile file in missing)
        {
            long before = done;
            await download.RunAsync(
                file, bytes => progress.Report(new ProgressState($"Downloading {repository}", before + bytes, total)), cancellationToken);
            done += file.Size;
        }

        foreach (HubFile file in files)
        {
            cache.Link(commit, file);
        }

        cache.SetReference(revision, commit);
        return new HubSnapshot(snapshot, commit, files.Count, files.Sum(file => file.Size), total);
    }

    private void RequireSpace(long bytes)
    {
        Directory.CreateDirectory(options.CacheFolder);
        long free;
        try
        {
            free = new DriveInfo(Path.GetFullPath(options.CacheFolder)).AvailableFreeSpace;
        }
        catch (ArgumentException)
        {
            // A share of a network has no drive to ask.
            return;
        }

        if (free < bytes)
        {
            throw new CommandFailedException(
                ExitCode.Failed,
                $"{options.CacheFolder} has {ByteSize.Format(free)} of free space, but {ByteSize.Format(bytes)} are to be downloaded. Free "
                + "some, or set HF_HUB_CACHE to a folder elsewhere.");
        }
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;
}
