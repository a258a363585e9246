using System.Globalization;
using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf;

/// <summary>The one file, or the files of a split, that a model consists of.</summary>
internal static partial class GgufModelFiles
{
    public const string Extension = ".gguf";

    private const string SplitCountKey = "split.count";
    private const string SplitNumberKey = "split.no";
    private const string SplitTensorCountKey = "split.tensors.count";

    /// <summary>The GGUF model that a folder holds; null where it has no GGUF file.</summary>
    public static string? FindIn(string folder)
    {
        string[] names = [.. Directory.EnumerateFiles(folder)
            .Where(path => Path.GetExtension(path).Equals(Extension, StringComparison.OrdinalIgnoreCase))
            .Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal)];
        string[] models = [.. names.GroupBy(ModelOf).Select(parts => parts.First())];
        return models.Length <= 1
            ? models.Select(name => Path.Combine(folder, name)).FirstOrDefault()
            : throw new CheckpointFormatException(
                $"{folder} holds {models.Length} GGUF models: {NameList.Format(models)}. Name the file that is meant.");
    }

    /// <summary>Name of the model: that of the file without extension and part number.</summary>
    public static string NameOf(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return SplitName().Match(name) is { Success: true } match ? match.Groups["name"].Value : name;
    }

    /// <summary>Opens a model by its file or any part of its split, the first part first.</summary>
    public static IReadOnlyList<GgufFile> Open(string path)
    {
        List<GgufFile> files = [];
        try
        {
            files.Add(GgufFile.Open(path));
            int count = Number(files[0], SplitCountKey) ?? 1;
            if (count > 1)
            {
                OpenParts(path, count, files);
            }

            return files;
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    private static void OpenParts(string path, int count, List<GgufFile> files)
    {
        Match match = SplitName().Match(Path.GetFileNameWithoutExtension(path));
        if (!match.Success || int.Parse(match.Groups["count"].ValueSpan, CultureInfo.InvariantCulture) != count)
        {
            throw new CheckpointFormatException(
                $"{path} is one of {count} parts, but its name does not end with -00001-of-{count:D5}{Extension}. Rename the parts as " +
                "they were published.");
        }

        GgufFile opened = files[0];
        files.Clear();
        opened.Dispose();
        string folder = Path.GetDirectoryName(path) ?? "";
        string[] parts = [.. Enumerable.Range(1, count).Select(number =>
            Path.Combine(folder, $"{match.Groups["name"].Value}-{number:D5}-of-{count:D5}{Path.GetExtension(path)}"))];
        string[] missing = [.. parts.Where(part => !File.Exists(part)).Select(part => Path.GetFileName(part))];
        if (missing.Length > 0)
        {
            throw new CheckpointFormatException($"{path} is one of {count} parts, of which {NameList.Format(missing)} are missing. " +
                "Download them as well.");
        }

        for (int index = 0; index < count; index++)
        {
            files.Add(GgufFile.Open(parts[index]));
            int? number = Number(files[index], SplitNumberKey);
            int? total = Number(files[index], SplitCountKey);
            if (number != index || total != count)
            {
                throw new CheckpointFormatException(
                    $"{parts[index]}: expected part {index} of {count}, got part {number} of {total} ('{SplitNumberKey}', " +
                    $"'{SplitCountKey}'). " +
                    "Download the parts again, all from one revision.");
            }
        }

        int tensorCount = files.Sum(file => file.Tensors.Count);
        if (Number(files[0], SplitTensorCountKey) is { } expected && expected != tensorCount)
        {
            throw new CheckpointFormatException(
                $"{parts[0]}: expected {expected} tensors in all parts ('{SplitTensorCountKey}'), got {tensorCount}. " +
                "Download the parts again, all from one revision.");
        }
    }

    private static int? Number(GgufFile file, string key) => new GgufMetadata(file.Path, file.Metadata).Count(key);

    // The same for all parts of a split.
    private static string ModelOf(string fileName) =>
        SplitName().Match(Path.GetFileNameWithoutExtension(fileName)) is { Success: true } match
            ? $"{match.Groups["name"].Value}-of-{match.Groups["count"].Value}"
            : fileName;

    [GeneratedRegex(@"^(?<name>.*)-(?<number>[0-9]{5})-of-(?<count>[0-9]{5})$", RegexOptions.CultureInvariant)]
    private static partial Regex SplitName();
}
