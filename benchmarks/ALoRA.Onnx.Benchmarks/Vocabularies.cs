using System.IO.Compression;
using System.Text.Json;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>The golden vocabularies, which lie beside the repository because their licences are their publishers'.</summary>
internal static class Vocabularies
{
    public const string Variable = "ALORA_TOKENIZERS";

    public static string Folder { get; } =
        Environment.GetEnvironmentVariable(Variable)
            ?? Path.GetFullPath(Path.Combine(Root(), "..", "shared", "conformance", "text", "tokenizers"));

    /// <summary>All that have golden texts.</summary>
    public static IReadOnlyList<string> Names =>
        [.. Directory.EnumerateDirectories(Folder).Where(folder => File.Exists(Path.Combine(folder, "cases.json")))
            .Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    /// <summary>The content of a <c>tokenizer.json</c>, unpacked.</summary>
    public static byte[] Read(string name) => ReadFrom(Path.Combine(Folder, name));

    /// <summary>The content of a folder's <c>tokenizer.json</c>, unpacked.</summary>
    public static byte[] ReadFrom(string folder)
    {
        string plain = Path.Combine(folder, "tokenizer.json");
        if (File.Exists(plain))
        {
            return File.ReadAllBytes(plain);
        }

        using GZipStream unpacked = new(File.OpenRead(plain + ".gz"), CompressionMode.Decompress);
        using MemoryStream content = new();
        unpacked.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>Golden texts and the reference's ids of them.</summary>
    public static IReadOnlyList<(string Text, int[] Ids)> Cases(string name) => CasesFrom(Path.Combine(Folder, name));

    /// <summary>Golden texts of a folder and the reference's ids of them.</summary>
    public static IReadOnlyList<(string Text, int[] Ids)> CasesFrom(string folder)
    {
        using JsonDocument cases = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "cases.json")));
        return [.. cases.RootElement.EnumerateArray().Select(item =>
            (item.GetProperty("text").GetString()!, item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray()))];
    }

    private static string Root()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ALoRA.Onnx.sln")))
            {
                return folder.FullName;
            }
        }

        return Environment.CurrentDirectory;
    }
}
