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

/// <summary>A scalar: null, bool, long, BigInteger, double or string.</summary>
internal sealed class YamlScalar(long line, object? value) : YamlNode(line)
{
    private const int Shown = 60;

    public object? Value { get; } = value;

    public override int Size => 1;

    public override string Description
    {
        get
        {
            string text = PythonJson.PrintValue(Value);
            return text.Length <= Shown ? text : $"{text[..Shown]}…";
        }
    }
}

/// <summary>A mapping, in the order of the file and without equal keys.</summary>
internal sealed class YamlMapping(long line, IReadOnlyList<KeyValuePair<YamlNode, YamlNode>> entries) : YamlNode(line)
{
    public IReadOnlyList<KeyValuePair<YamlNode, YamlNode>> Entries { get; } = entries;

    public override int Size { get; } = 1 + entries.Sum(entry => entry.Key.Size + entry.Value.Size);

    public override string Description => $"a mapping of {Entries.Count}";
}

/// <summary>A list.</summary>
internal sealed class YamlSequence(long line, IReadOnlyList<YamlNode> items) : YamlNode(line)
{
    public IReadOnlyList<YamlNode> Items { get; } = items;

    public override int Size { get; } = 1 + items.Sum(item => item.Size);

    public override string Description => $"a list of {Items.Count}";
}
