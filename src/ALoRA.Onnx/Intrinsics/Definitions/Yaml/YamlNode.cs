namespace ALoRA.Onnx.Intrinsics.Definitions.Yaml;

/// <summary>A node of a YAML document with the line where it begins, counted from 1.</summary>
internal abstract class YamlNode(long line)
{
    public long Line { get; } = line;

    /// <summary>Nodes in it, aliases expanded, itself included.</summary>
    public abstract int Size { get; }

    /// <summary>What it is, for messages.</summary>
    public abstract string Description { get; }
}
