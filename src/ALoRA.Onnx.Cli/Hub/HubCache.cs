using System.Text.Json;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Hub;

/// <summary>
/// A repository in the hub's own cache: contents in <c>blobs</c> by their hash, links to them in <c>snapshots/COMMIT</c>, and in
/// <c>refs</c> which commit a branch or tag was last. Other programs that use the cache find there what they would have put there.
/// </summary>
internal sealed class HubCache(string cacheFolder, string repository)
{
    private const string IncompleteSuffix = ".incomplete";

    private readonly string _folder = Path.Combine(
        Path.GetFullPath(cacheFolder), "models--" + repository.Replace("/", "--", StringComparison.Ordinal));

    /// <summary>Where the content of a file is, or will be.</summary>
    public string BlobOf(HubFile file) => Path.Combine(_folder, "blobs", file.Hash);

    /// <summary>Where what has come in so far of a file is.</summary>
    public string IncompleteOf(HubFile file) => BlobOf(file) + IncompleteSuffix;

    /// <summary>The folder of a commit.</summary>
    public string SnapshotOf(string commit) => Path.Combine(_folder, "snapshots", commit);

    /// <summary>Whether the content of a file is there, whole.</summary>
    public bool Has(HubFile file) => new FileInfo(BlobOf(file)) is { Exists: true } blob && blob.Length == file.Size;

    /// <summary>Puts a file whose content is there into a snapshot.</summary>
    public void Link(string commit, HubFile file)
    {
        string blob = BlobOf(file);
        string path = HubPath.Below(SnapshotOf(commit), file.Path, "The file");
        if (File.Exists(path) && LengthOf(path) == file.Size)
        {
            return;
        }

        string parent = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(parent);
        // A link whose target is gone does not exist for File.Exists, but is in the way.
        File.Delete(path);
        try
        {
            File.CreateSymbolicLink(path, Path.GetRelativePath(parent, blob));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            // Windows gives the right to make links to few; a file takes its place.
        }

        // Wine says that it made a link and makes none.
        if (!File.Exists(path))
        {
            File.Copy(blob, path, overwrite: true);
        }
    }

    /// <summary>Refuses a revision that is no name of one.</summary>
    public void RequireReference(string revision) => ReferenceOf(revision);

    /// <summary>Remembers which commit a branch or tag is.</summary>
    public void SetReference(string revision, string commit)
    {
        if (revision != commit)
        {
            string path = ReferenceOf(revision);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, commit);
        }
    }

    /// <summary>The snapshot of a revision that was downloaded before.</summary>
    /// <exception cref="CommandFailedException">It is not there, or not all of it.</exception>
    public HubSnapshot Find(string revision)
    {
        string reference = ReferenceOf(revision);
        string commit = File.Exists(reference) ? HubPath.Commit(File.ReadAllText(reference).Trim()) : revision;
        string folder = HubPath.Below(Path.Combine(_folder, "snapshots"), commit, "The revision");
        string? missing = !Directory.Exists(folder) ? "it was never downloaded" : MissingIn(folder);
        return missing is null
            ? new HubSnapshot(folder, commit)
            : throw new CommandFailedException(
                ExitCode.BadInput,
                $"{repository} ({revision}) is not in the cache {cacheFolder}: {missing}. `alora pull {repository}` once without "
                + "HF_HUB_OFFLINE gets it.");
    }

    private string ReferenceOf(string revision) => HubPath.Below(Path.Combine(_folder, "refs"), revision, "The revision");

    private static string? MissingIn(string folder)
    {
        string index = Path.Combine(folder, "model.safetensors.index.json");
        if (!File.Exists(index))
        {
            return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Any(File.Exists) ? null : "its folder is empty";
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(index));
            return document.RootElement.GetProperty("weight_map").EnumerateObject()
                .Select(entry => entry.Value.GetString()!)
                .Distinct(StringComparer.Ordinal)
                .FirstOrDefault(name => !File.Exists(Path.Combine(folder, name))) is { } missing
                ? $"{missing} is missing"
                : null;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "its index of weights is malformed";
        }
    }

    // The length of what a link leads to, not of the link.
    private static long LengthOf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return stream.Length;
    }
}
