using System.Security.Cryptography;
using System.Text;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// Compiled kernels on disk, so that only the first program that needs them compiles. It is never the reason for a failure: what cannot
/// be read or written is compiled again. Any thread, any number of processes.
/// </summary>
/// <param name="folder">Where; null keeps nothing.</param>
internal sealed class CubinCache(string? folder)
{
    private const int HashBytes = SHA256.HashSizeInBytes;

    // Kernels take a few hundred kilobytes; a file of another size was not written here.
    private const long MostBytes = 64L << 20;

    /// <summary>The user's folder for what can be made again; null where the system names none.</summary>
    public static string? UserFolder()
    {
        string root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named && Path.IsPathRooted(named)
            ? named
            : OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home
                    ? Path.Combine(home, ".cache")
                    : "";
        return root.Length == 0 ? null : Path.Combine(root, "alora", "kernels");
    }

    /// <summary>What tells compiled kernels apart.</summary>
    /// <param name="text">The kernels' text.</param>
    /// <param name="architecture">What they are compiled for.</param>
    /// <param name="compiler">The compiler's version.</param>
    public static string KeyOf(string text, string architecture, string compiler) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{architecture}\n{compiler}\n{text}")));

    /// <summary>Finds compiled kernels; null where there are none, or the file is damaged.</summary>
    public byte[]? Find(string key)
    {
        if (folder is null)
        {
            return null;
        }

        try
        {
            FileInfo file = new(PathOf(folder, key));
            if (!file.Exists || file.Length <= HashBytes || file.Length > MostBytes)
            {
                return null;
            }

            byte[] bytes = File.ReadAllBytes(file.FullName);
            byte[] code = bytes[HashBytes..];
            return SHA256.HashData(code).AsSpan().SequenceEqual(bytes.AsSpan(0, HashBytes)) ? code : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps compiled kernels, in place of what was there.</summary>
    public void Store(string key, byte[] code)
    {
        if (folder is null)
        {
            return;
        }

        string temporary = Path.Combine(folder, $"{key}.{Guid.NewGuid():N}.tmp");
        try
        {
            CreateFolder(folder);
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(SHA256.HashData(code));
                stream.Write(code);
            }

            File.Move(temporary, PathOf(folder, key), overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Remove(temporary);
        }
    }

    private static string PathOf(string folder, string key) => Path.Combine(folder, key + ".cubin");

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            // Machine code that others could replace would run with this user's rights.
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It stays behind under a name that is never read.
        }
    }
}
