using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Shared;

/// <summary>
/// Names beside a target under which it is made and, while it is replaced, the earlier one waits: <c>.name.partial-…</c> and
/// <c>.name.old-…</c>, owned by a process through the locked file <c>.name.owner-…</c>. What a process that was ended leaves behind is
/// known by that lock being free. This source is part of each library that makes files in place, and none of them knows another.
/// </summary>
internal sealed partial class OwnedPlace : IDisposable
{
    private const string ByLock = "lock";
    private const int MostAttempts = 5;

    private readonly FileStream _owner;

    private OwnedPlace(string target, string suffix, FileStream owner)
    {
        _owner = owner;
        Partial = Beside(target, "partial", suffix);
        Old = Beside(target, "old", suffix);
    }

    /// <summary>Where the new one is made.</summary>
    public string Partial { get; }

    /// <summary>Where the earlier one waits while it is replaced.</summary>
    public string Old { get; }

    /// <summary>Takes names for a target, in a folder that exists.</summary>
    /// <param name="target">Full path of what is going to be made.</param>
    /// <exception cref="IOException">The folder can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">There is no permission to write it.</exception>
    public static OwnedPlace Take(string target)
    {
        for (int attempt = 1; ; attempt++)
        {
            string suffix = Guid.NewGuid().ToString("N")[..8];
            string owner = Beside(target, "owner", suffix);
            FileStream? file = null;
            try
            {
                file = new FileStream(owner, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
                if (!File.Exists(owner))
                {
                    // Who tidies up held the lock between its making and its locking, found nobody and deleted it.
                    file.Dispose();
                    file = null;
                    throw new IOException($"{owner} was deleted by another process.");
                }

                file.Write(Encoding.UTF8.GetBytes(IsLocked(owner) ? ByLock : CurrentProcess()));
                file.Flush(flushToDisk: false);
                return new OwnedPlace(target, suffix, file);
            }
            catch (IOException) when (file is null && attempt < MostAttempts && Directory.Exists(Path.GetDirectoryName(target)))
            {
                // Another process that tidies up opened the file between its making and its locking; that name is given up.
            }
            catch
            {
                file?.Dispose();
                throw;
            }
        }
    }

    /// <summary>
    /// Puts back what a replacement that was ended in its midst moved aside, and deletes everything else without an owner.
    /// </summary>
    /// <param name="folder">The folder; it need not exist. What can't be deleted stays.</param>
    public static void Sweep(string folder)
    {
        RestoreReplaced(folder);
        foreach ((string path, Match name) in Entries(folder, "*"))
        {
            if (name.Groups["kind"].Value != "owner")
            {
                WhereUnowned(path, name, () => Delete(path));
            }
        }

        foreach ((string path, Match name) in Entries(folder, "owner"))
        {
            WhereUnowned(path, name, () => { });
        }
    }

    /// <summary>Puts back what a replacement that was ended between its two renames moved aside.</summary>
    /// <param name="folder">The folder; it need not exist.</param>
    public static void RestoreReplaced(string folder)
    {
        foreach ((string path, Match name) in Entries(folder, "old"))
        {
            string target = Path.Combine(folder, name.Groups["name"].Value);
            if (Directory.Exists(target))
            {
                WhereUnowned(path, name, () => FilewiseReplacement.Restore(target, path));
            }
            else if (!File.Exists(target))
            {
                WhereUnowned(path, name, () => Move(path, target));
            }
        }
    }

    /// <summary>
    /// Deletes a file or folder that nobody needs any more. What someone has open, as a virus scanner may on Windows, is no reason to fail
    /// after the work is done: under such a name it is swept by the next one who tidies up.
    /// </summary>
    public static void DeleteIfPossible(string path)
    {
        try
        {
            Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Swept when its owner is gone.
        }
    }

    /// <summary>Gives the names up; nothing is under them any more.</summary>
    public void Dispose() => _owner.Dispose();

    private static string Beside(string target, string kind, string suffix) =>
        Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{kind}-{suffix}");

    private static List<(string Path, Match Name)> Entries(string folder, string kind)
    {
        try
        {
            return Directory.Exists(folder)
                ? [.. Directory.EnumerateFileSystemEntries(folder, $".*.{kind}-*", new EnumerationOptions { AttributesToSkip = 0 })
                    .Select(path => (path, NameOf().Match(Path.GetFileName(path))))
                    .Where(entry => entry.Item2.Success)]
                : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Who may not look may not tidy up either.
            return [];
        }
    }

    // While the owner's file is held here, nobody else tidies up the same.
    private static void WhereUnowned(string path, Match name, Action act)
    {
        string owner = Path.Combine(
            Path.GetDirectoryName(path)!, $".{name.Groups["name"].Value}.owner-{name.Groups["suffix"].Value}");
        try
        {
            if (!File.Exists(owner))
            {
                act();
                return;
            }

            using (FileStream file = new(owner, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 1))
            {
                if (!IsDead(owner, file))
                {
                    return;
                }

                act();
                if (!OperatingSystem.IsWindows())
                {
                    // Deleted before it is unlocked: an owner that locks it now would lose it. Windows makes and locks in one step.
                    File.Delete(owner);
                    return;
                }
            }

            File.Delete(owner);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is owned, or may not be changed by this user.
        }
    }

    // A lock that could be taken says that its process has ended, but only where locks are kept at all.
    private static bool IsDead(string owner, FileStream file)
    {
        byte[] content = new byte[Math.Min(file.Length, 200)];
        file.ReadExactly(content);
        string[] record = Encoding.UTF8.GetString(content).Split(' ');
        if (record.Length != 4)
        {
            return IsLocked(owner);
        }

        return record[1] == Environment.MachineName
            && int.TryParse(record[2], CultureInfo.InvariantCulture, out int id)
            && long.TryParse(record[3], CultureInfo.InvariantCulture, out long started)
            && !IsAlive(id, started);
    }

    private static bool IsLocked(string owner)
    {
        try
        {
            using FileStream second = new(owner, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static string CurrentProcess()
    {
        using Process process = Process.GetCurrentProcess();
        return string.Create(
            CultureInfo.InvariantCulture, $"process {Environment.MachineName} {process.Id} {process.StartTime.ToUniversalTime().Ticks}");
    }

    private static bool IsAlive(int id, long started)
    {
        try
        {
            // The start tells it from another process that got its id later; it is computed from ticks and not the same to the last one.
            using Process process = Process.GetProcessById(id);
            return Math.Abs(process.StartTime.ToUniversalTime().Ticks - started) < TimeSpan.TicksPerMinute;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return true;
        }
    }

    private static void Move(string path, string target)
    {
        if (Directory.Exists(path))
        {
            Directory.Move(path, target);
        }
        else
        {
            File.Move(path, target);
        }
    }

    private static void Delete(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    [GeneratedRegex(@"^\.(?<name>.+)\.(?<kind>partial|old|owner)-(?<suffix>[0-9a-f]{8})$", RegexOptions.CultureInvariant)]
    private static partial Regex NameOf();
}
