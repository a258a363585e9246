namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>A folder of reference results: checkpoints, adapters and cases, all paths resolved and known to exist.</summary>
/// <param name="Path">The folder.</param>
/// <param name="ReferencePath">The safetensors file with the logits.</param>
/// <param name="Models">One for each checkpoint that the cases speak of.</param>
internal sealed record ReferenceFolder(string Path, string ReferencePath, IReadOnlyList<ReferenceModel> Models)
{
    /// <summary>Reads the folder's layout and cases.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="FileNotFoundException">A file that the cases speak of is missing.</exception>
    /// <exception cref="FormatException"><c>cases.json</c> is malformed.</exception>
    public static ReferenceFolder Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"The folder {folder} does not exist.");
        }

        using CaseFile file = CaseFile.Open(folder);
        Dictionary<string, bool> listed = file.ReadAdapters();
        ILookup<string, ReferenceCase> cases = file.ReadCases(listed);
        string reference = Require(System.IO.Path.Combine(folder, "reference.safetensors"));
        IReadOnlyList<ReferenceAdapter> adapters = FindAdapters(folder, listed);
        IReadOnlyList<ReferenceAdapter> badAdapters = AdaptersBelow(System.IO.Path.Combine(folder, "bad-adapters"));
        return new ReferenceFolder(folder, reference, [.. cases.Select(CreateModel)]);

        ReferenceModel CreateModel(IGrouping<string, ReferenceCase> group) => new(
            group.Key.Length > 0
                ? Require(System.IO.Path.Combine(folder, group.Key))
                : file.Base is { } name
                ? ResolveBase(folder, name)
                : folder,
            adapters,
            badAdapters,
            [.. group]);
    }

    private static List<ReferenceAdapter> FindAdapters(string folder, Dictionary<string, bool> listed)
    {
        // An adapter may be delivered alone: the folder is then the adapter itself, with its tokenizer and cases.
        if (listed.Count == 1 && File.Exists(System.IO.Path.Combine(folder, "adapter_config.json")))
        {
            return [new ReferenceAdapter(listed.Keys.First(), folder)];
        }

        List<ReferenceAdapter> found = AdaptersBelow(System.IO.Path.Combine(folder, "adapters"));
        foreach (string name in listed.Keys.Except(found.Select(adapter => adapter.Name), StringComparer.Ordinal))
        {
            throw new DirectoryNotFoundException(
                $"cases.json lists the adapter {name}, but {System.IO.Path.Combine(folder, "adapters", name)} does not exist.");
        }

        return found;
    }

    private static List<ReferenceAdapter> AdaptersBelow(string folder) => Directory.Exists(folder)
        ? [.. Directory.GetDirectories(folder)
            .Order(StringComparer.Ordinal)
            .Where(path => System.IO.Path.GetFileName(path)[0] != '.')
            .Select(path => new ReferenceAdapter(System.IO.Path.GetFileName(path), path))]
        : [];

    private static string ResolveBase(string folder, string name)
    {
        string[] candidates = [System.IO.Path.Combine(folder, name), System.IO.Path.Combine(folder, "..", name)];
        return candidates.FirstOrDefault(Directory.Exists)
            ?? throw new DirectoryNotFoundException(
                $"cases.json names the base checkpoint {name}, which lies neither in nor beside {folder}.");
    }

    private static string Require(string path) => File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing.", path);
}
