namespace ALoRA.Onnx.Intrinsics.Definitions.Yaml;

/// <summary>
/// Collects the entries of a mapping: equal keys are refused, merge keys (<c>&lt;&lt;</c>) fill in what the mapping itself leaves out.
/// </summary>
internal sealed class YamlMappingBuilder(string source)
{
    private readonly List<KeyValuePair<YamlNode, YamlNode>> _own = [];
    private readonly List<KeyValuePair<YamlNode, YamlNode>> _merged = [];
    private readonly Dictionary<string, long> _lines = new(StringComparer.Ordinal);

    public void Add(YamlNode key, YamlNode value)
    {
        if (!_lines.TryAdd(Identity(key), key.Line))
        {
            throw new ModelFormatException(
                $"{source}, line {key.Line}: the key {key.Description} is there twice; first in line "
                + $"{_lines[Identity(key)]}. Take one of them out.");
        }

        _own.Add(new(key, value));
    }

    public void Merge(YamlNode key, YamlNode value)
    {
        foreach (YamlNode part in value is YamlSequence list ? list.Items : [value])
        {
            _merged.AddRange((part as YamlMapping
                ?? throw new ModelFormatException(
                    $"{source}, line {key.Line}: '<<' should name a mapping or a list of them, but is {part.Description}.")).Entries);
        }
    }

    public YamlMapping Build(long line)
    {
        List<KeyValuePair<YamlNode, YamlNode>> entries =
            [.. _merged.Where(entry => _lines.TryAdd(Identity(entry.Key), entry.Key.Line)), .. _own];
        return new YamlMapping(line, entries);
    }

    // 1 and "1" are two keys.
    private string Identity(YamlNode key) => key is YamlScalar scalar
        ? PythonJson.PrintValue(scalar.Value)
        : throw new ModelFormatException(
            $"{source}, line {key.Line}: a key should be a text, a number or a truth value, but is {key.Description}.");
}
