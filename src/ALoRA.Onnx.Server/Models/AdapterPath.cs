using ALoRA.Onnx.Server.Errors;

namespace ALoRA.Onnx.Server.Models;

/// <summary>Paths that a request gives: they stay within one folder, whatever dots and links they have.</summary>
internal static class AdapterPath
{
    // As deep as Linux follows links.
    private const int MostLinks = 40;

    /// <summary>The real path of what a request names.</summary>
    /// <param name="root">The folder that it stays in.</param>
    /// <param name="path">The request's text, relative to the folder.</param>
    /// <exception cref="ApiError">400: it leads out of the folder, by itself or by a link; 404: there is nothing.</exception>
    public static string Resolve(string root, string path)
    {
        string realRoot = RealPath(Path.GetFullPath(root));
        string full;
        try
        {
            full = Path.GetFullPath(Path.Combine(root, path));
        }
        catch (Exception exception) when (exception is ArgumentException or IOException)
        {
            throw Outside(path);
        }

        // The text alone first, so that nobody learns what there is elsewhere.
        if (!IsWithin(Path.GetFullPath(root), full) && !IsWithin(realRoot, full))
        {
            throw Outside(path);
        }

        string real;
        try
        {
            real = RealPath(full);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // No name on Windows, such as one with a wildcard, or nothing that this user may look at.
            throw Missing(path);
        }

        if (!IsWithin(realRoot, real))
        {
            throw Outside(path);
        }

        return Path.Exists(real)
            ? CheckContent(realRoot, real, path)
            : throw Missing(path);
    }

    // A file of the adapter may itself be a link, as in the cache of Hugging Face's hub.
    private static string CheckContent(string realRoot, string real, string path)
    {
        if (Directory.Exists(real)
            && Directory.EnumerateFileSystemEntries(real).Any(entry => !IsWithin(realRoot, RealPath(entry))))
        {
            throw Outside(path);
        }

        return real;
    }

    private static string RealPath(string full)
    {
        int links = 0;
        return RealPath(full, ref links);
    }

    // Links are counted together: a few that lead through each other would be many walks.
    private static string RealPath(string full, ref int links)
    {
        string current = Path.GetPathRoot(full)!;
        foreach (string part in full[current.Length..].Split(
            [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(current, part);
            if (new DirectoryInfo(next).LinkTarget is string target)
            {
                current = ++links <= MostLinks
                    ? RealPath(Path.GetFullPath(Path.Combine(current, target)), ref links)
                    : throw ApiError.Invalid("The path has too many links.", "lora_path");
            }
            else
            {
                current = next;
            }
        }

        return current;
    }

    private static bool IsWithin(string root, string path)
    {
        StringComparison comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, comparison);
    }

    private static ApiError Missing(string path) =>
        ApiError.NotFound($"There is no '{path}' in the adapters folder.", "lora_path", "adapter_not_found");

    private static ApiError Outside(string path) =>
        ApiError.Invalid(
            $"'{path}' leads out of the adapters folder. Give a path in it, without links to elsewhere.", "lora_path",
            "path_outside_adapters_folder");
}
