namespace ALoRA.Onnx.Intrinsics.Definitions.Yaml;

/// <summary>A mapping, in the order of the file and without equal keys.</summary>
internal sealed class YamlMapping(long line, IReadOnlyList<KeyValuePair<YamlNode, YamlNode>> entries) : YamlNode(line)
{
    public IReadOnlyList<KeyValuePair<YamlNode, YamlNode>> Entries { get; } = entries;

    public override int Size { get; } = 1 + entries.Sum(entry => entry.Key.Size + entry.Value.Size);

    public override string Description => $"a mapping of {Entries.Count}";
}
