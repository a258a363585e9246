using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Adapters;

/// <summary>
/// The folders below a model's <c>adapters</c> that are adapters. One whose name begins with a dot is none: it is unfinished.
/// </summary>
internal static class AdapterFolders
{
    /// <summary>Their paths, in no order; none if there is no such folder.</summary>
    /// <exception cref="IOException">The folder can't be listed.</exception>
    public static IEnumerable<string> Of(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        OwnedPlace.RestoreReplaced(folder);
        return Directory.EnumerateDirectories(folder)
            .Where(path => Path.GetFileName(path)[0] != '.' && File.Exists(Path.Combine(path, AdapterManifest.FileName)));
    }

    /// <summary>Refuses a folder that is not finished.</summary>
    /// <exception cref="ModelFormatException">Its name begins with a dot.</exception>
    public static void CheckName(string folder)
    {
        if (Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) is ['.', ..])
        {
            throw new ModelFormatException(
                $"{folder}: the name of an adapter's folder cannot begin with a dot, as those of unfinished ones do. Convert the adapter "
                + "again with `alora adapter convert`, or give the folder another name.");
        }
    }
}
