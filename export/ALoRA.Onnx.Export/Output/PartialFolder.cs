using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Export.Output;

/// <summary>
/// A folder that is made under another name beside its target and renamed when it is complete. Disposed before that, it is deleted, so
/// that nothing ever looks finished that is not. What an ended process left there is deleted by the next one.
/// </summary>
internal sealed class PartialFolder : IDisposable
{
    private const long SpareBytes = 4 << 20;

    // 2.25 seconds in all.
    private const int MostRenames = 10;
    private const int PauseMilliseconds = 50;

    private readonly string _target;
    private readonly bool _overwrite;
    private readonly string _marker;
    private readonly OwnedPlace _place;
    private readonly Func<string, string, bool> _exchange;
    private readonly Action<string, string> _move;
    private bool _committed;

    private PartialFolder(
        OwnedPlace place, string target, bool overwrite, string marker, Func<string, string, bool> exchange, Action<string, string> move)
    {
        _place = place;
        _move = move;
        _exchange = exchange;
        _target = target;
        _overwrite = overwrite;
        _marker = marker;
    }

    /// <summary>Where the files are until <see cref="Commit"/>.</summary>
    public string Path => _place.Partial;

    /// <summary>Path of a file in the folder.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Checks target and disk space and makes the folder.</summary>
    /// <param name="target">The folder to make.</param>
    /// <param name="overwrite">Whether an earlier one is replaced.</param>
    /// <param name="expectedBytes">Disk space that it will take.</param>
    /// <param name="marker">File by which an earlier one is recognised.</param>
    /// <param name="exchange">Exchanges two folders in one step, if the system can; null is the system's call.</param>
    /// <param name="move">Renames a folder; null is the system's call.</param>
    /// <exception cref="IOException">The target exists, cannot be written, or has not enough space.</exception>
    public static PartialFolder Create(
        string target, bool overwrite, long expectedBytes, string marker = ModelFolderFiles.Manifest,
        Func<string, string, bool>? exchange = null, Action<string, string>? move = null)
    {
        target = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(target));
        string parent = System.IO.Path.GetDirectoryName(target)
            ?? throw new IOException($"{target}: expected a folder that can be made, got the root of a drive.");
        if (System.IO.Path.GetFileName(target)[0] == '.')
        {
            throw new IOException(
                $"{target}: its name begins with a dot, as those of unfinished folders do, which are never opened. Choose another name.");
        }

        OwnedPlace.Sweep(parent);
        CheckTarget(target, overwrite, marker);
        PartialFolder folder = new(
            Take(parent, target), target, overwrite, marker, exchange ?? FolderExchange.Try, move ?? Directory.Move);
        try
        {
            Directory.CreateDirectory(folder.Path);
            CheckSpace(parent, expectedBytes + SpareBytes);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Writes a file, of which the name may begin with folders, and sees to it that it is on the disk.</summary>
    public void WriteFile(string name, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        using FileStream file = new(this[name], FileMode.CreateNew, FileAccess.Write, FileShare.None);
        WriteProbe.Write(file, content);
        file.Flush(flushToDisk: true);
    }

    /// <summary>The files so far, by name.</summary>
    public IReadOnlyList<ExportedFile> Files() =>
        [.. new DirectoryInfo(Path).EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file => new ExportedFile(System.IO.Path.GetRelativePath(Path, file.FullName).Replace('\\', '/'), file.Length))
            .OrderBy(file => file.Name, StringComparer.Ordinal)];

    /// <summary>
    /// Renames the folder to its target. A folder there is exchanged for it in one step where the system can. Elsewhere it is moved aside
    /// first, and comes back if the renaming fails, or with the next process if this one is ended before it. Where Windows does not rename
    /// a folder because a file in it is open, its files are exchanged; those that someone has mapped are deleted by a later process.
    /// </summary>
    /// <exception cref="IOException">The earlier folder can't be replaced; it is as it was.</exception>
    public void Commit()
    {
        CheckTarget(_target, _overwrite, _marker);
        WriteProbe.Reached();
        if (!Directory.Exists(_target))
        {
            MoveToTarget();
            _committed = true;
        }
        else if (_exchange(Path, _target))
        {
            _committed = true;
            WriteProbe.Reached();
            OwnedPlace.DeleteIfPossible(Path);
        }
        else
        {
            Replace();
        }
    }

    public void Dispose()
    {
        if (!_committed)
        {
            OwnedPlace.DeleteIfPossible(Path);
        }

        _place.Dispose();
    }

    private void Replace()
    {
        try
        {
            _move(_target, _place.Old);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ReplaceFiles(exception);
            return;
        }

        WriteProbe.Reached();
        try
        {
            MoveToTarget();
            _committed = true;
        }
        catch
        {
            Directory.Move(_place.Old, _target);
            throw;
        }

        WriteProbe.Reached();
        OwnedPlace.DeleteIfPossible(_place.Old);
    }

    // Windows renames no folder while someone reads a file in it, as a virus scanner does with what has just been written.
    private void MoveToTarget()
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Directory.Move(Path, _target);
                return;
            }
            catch (Exception exception) when (OperatingSystem.IsWindows() && attempt < MostRenames
                && exception is (IOException or UnauthorizedAccessException))
            {
                Thread.Sleep(attempt * PauseMilliseconds);
            }
        }
    }

    private void ReplaceFiles(Exception reason)
    {
        try
        {
            FilewiseReplacement.Run(Path, _target, _place.Old, _marker);
            _committed = true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"{_target} can't be replaced: {exception.Message} End the program that has it open, or choose another folder.", reason);
        }

        OwnedPlace.DeleteIfPossible(_place.Old);
    }

    private static OwnedPlace Take(string parent, string target)
    {
        try
        {
            Directory.CreateDirectory(parent);
            return OwnedPlace.Take(target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{parent} cannot be written: {e.Message} Choose another folder or change its permissions.", e);
        }
    }

    private static void CheckTarget(string target, bool overwrite, string marker)
    {
        if (File.Exists(target))
        {
            throw new IOException($"{target}: expected a folder to make, got an existing file. Choose another folder.");
        }

        if (!Directory.Exists(target) || !Directory.EnumerateFileSystemEntries(target).Any())
        {
            return;
        }

        if (!overwrite)
        {
            throw new IOException($"{target} exists and is not empty. Choose another folder or allow overwriting.");
        }

        // Overwriting deletes the folder, which nobody wants for anything but an earlier export.
        if (!File.Exists(System.IO.Path.Combine(target, marker)))
        {
            throw new IOException(
                $"{target}: expected an earlier export to overwrite, got a folder without {marker}. Choose another folder.");
        }
    }

    private static void CheckSpace(string parent, long needed)
    {
        // A network share has no drive to ask; reserving the data file's space shows a lack there.
        string? root = OperatingSystem.IsWindows() ? System.IO.Path.GetPathRoot(parent) : parent;
        if (root is null || root.StartsWith(@"\\", StringComparison.Ordinal))
        {
            return;
        }

        long free = new DriveInfo(root).AvailableFreeSpace;
        if (free < needed)
        {
            throw new IOException(
                $"{parent}: expected {needed:N0} bytes of free disk space, got {free:N0}. Free some or choose another folder.");
        }
    }
}
