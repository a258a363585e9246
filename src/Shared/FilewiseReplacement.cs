namespace ALoRA.Onnx.Shared;

/// <summary>
/// Replaces a folder file by file, for Windows, which renames no folder in which a file is open. A file that is open or mapped can be
/// renamed there if it was opened so that it may be deleted; whoever has it keeps what it was.
/// </summary>
/// <remarks>
/// The marker file is the first to go and the last to come, so that at no time a folder with it has files of both. A note beside the
/// earlier files says how far it came, so that it can be taken back after the process has ended in its midst.
/// </remarks>
internal static class FilewiseReplacement
{
    // No file of a model or adapter has a name with a dot at its beginning.
    private const string Leaving = ".leaving";
    private const string Coming = ".coming";

    /// <summary>Exchanges the files of a target for those of a folder beside it.</summary>
    /// <param name="partial">The new files; the folder is deleted when they have gone.</param>
    /// <param name="target">The folder that stays.</param>
    /// <param name="old">Where the earlier files go; made here.</param>
    /// <param name="marker">Name of the file by which others know that the folder is whole.</param>
    /// <exception cref="IOException">A file can't be moved; everything is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">As before.</exception>
    public static void Run(string partial, string target, string old, string marker)
    {
        Directory.CreateDirectory(old);
        File.WriteAllText(Path.Combine(old, Leaving), marker);
        try
        {
            WriteProbe.Reached();
            Move(target, old, [marker, .. NamesOf(target).Where(name => name != marker)]);
            File.Move(Path.Combine(old, Leaving), Path.Combine(old, Coming));
            WriteProbe.Reached();
            Move(partial, target, [.. NamesOf(partial).Where(name => name != marker), marker]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Restore(target, old);
            throw;
        }

        WriteProbe.Reached();

        // All is in its place. Without the note nobody takes it for an exchange that was cut short, whatever else can't be deleted yet.
        OwnedPlace.DeleteIfPossible(Path.Combine(old, Coming));
        OwnedPlace.DeleteIfPossible(partial);
    }

    /// <summary>Takes back what was cut short.</summary>
    /// <param name="target">The folder.</param>
    /// <param name="old">Where its earlier files may be.</param>
    /// <returns>Whether there was anything to take back.</returns>
    public static bool Restore(string target, string old)
    {
        bool leaves = File.Exists(Path.Combine(old, Leaving));
        string note = Path.Combine(old, leaves ? Leaving : Coming);
        if (!File.Exists(note))
        {
            return false;
        }

        string marker = File.ReadAllText(note);
        if (!leaves && File.Exists(Path.Combine(target, marker)))
        {
            return false;
        }

        if (!leaves)
        {
            // What is there came from the new ones, which are not whole without the marker.
            foreach (string name in NamesOf(target))
            {
                File.Delete(Path.Combine(target, name));
            }

            // From here on it is as while they left, should this be cut short as well.
            File.Move(note, Path.Combine(old, Leaving));
        }

        string[] names = [.. NamesOf(old).Where(name => name != marker && name != Leaving)];
        Move(old, target, File.Exists(Path.Combine(old, marker)) ? [.. names, marker] : names);
        Directory.Delete(old, recursive: true);
        return true;
    }

    private static void Move(string from, string to, IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            string place = Path.Combine(to, name);
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Move(Path.Combine(from, name), place);
        }

        string[] folders = Directory.GetDirectories(from, "*", SearchOption.AllDirectories);
        foreach (string folder in folders.OrderDescending(StringComparer.Ordinal))
        {
            Directory.Delete(folder);
        }
    }

    private static string[] NamesOf(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file))];
}
