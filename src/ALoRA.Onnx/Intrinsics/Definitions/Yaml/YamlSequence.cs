namespace ALoRA.Onnx.Intrinsics.Definitions.Yaml;

/// <summary>A list.</summary>
internal sealed class YamlSequence(long line, IReadOnlyList<YamlNode> items) : YamlNode(line)
{
    public IReadOnlyList<YamlNode> Items { get; } = items;

    public override int Size { get; } = 1 + items.Sum(item => item.Size);

    public override string Description => $"a list of {Items.Count}";
}
