using ALoRA.Onnx.Python.Failures;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ALoRA.Onnx.Intrinsics.Definitions.Yaml;

/// <summary>
/// Reads one YAML document into nodes. Bounded: <see cref="MaxLength"/> characters, <see cref="MaxDepth"/> levels and
/// <see cref="MaxNodes"/> nodes, counted with aliases expanded; no tags beyond those of JSON's types.
/// </summary>
internal sealed class YamlReader
{
    private const int MaxLength = 1 << 20;
    private const int MaxDepth = 64;
    private const int MaxNodes = 100_000;
    private const int Shown = 60;

    private readonly string _source;
    private readonly Parser _parser;
    private readonly Dictionary<string, YamlNode?> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private YamlReader(string text, string source)
    {
        _source = source;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads the only document of a text.</summary>
    /// <exception cref="ModelFormatException">No YAML, more than one document, or beyond the limits.</exception>
    public static YamlNode Read(string text, string source)
    {
        if (text.Length > MaxLength)
        {
            throw new ModelFormatException(
                $"{source} has {text.Length:N0} characters; at most {MaxLength:N0} are expected of a definition. Check "
                + "that this is the right file.");
        }

        try
        {
            return new YamlReader(text, source).ReadDocument();
        }
        catch (YamlException exception)
        {
            throw new ModelFormatException(
                $"{source}, line {exception.Start.Line}: not YAML: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    private YamlNode ReadDocument()
    {
        Next();
        if (Next() is not DocumentStart)
        {
            throw Wrong(1, "the file is empty; expected a mapping with the keys model, response_format and transformations");
        }

        Next();
        YamlNode root = ReadNode(0);
        return Next() is DocumentEnd && Next() is StreamEnd ? root : throw Wrong(Line, "a second document begins here; expected only one");
    }

    private long Line => _parser.Current!.Start.Line;

    private ParsingEvent Next()
    {
        try
        {
            return _parser.MoveNext() ? _parser.Current! : throw Wrong(1, "the text ends too early");
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // The scanner's own checks of a few malformed plain scalars end like this.
            throw new ModelFormatException($"{_source}, line {_parser.Current?.End.Line ?? 1}: not YAML behind this place.", exception);
        }
    }

    // The parser stands on the node's first event, and afterwards on its last.
    private YamlNode ReadNode(int depth)
    {
        if (depth > MaxDepth)
        {
            throw Wrong(Line, $"the values are nested deeper than {MaxDepth} levels");
        }

        if (_parser.Current is AnchorAlias alias)
        {
            return Counted(Resolve(alias));
        }

        long line = Line;
        if (_parser.Current is not NodeEvent start)
        {
            // The parser takes a key without a value, of which it gives no event, for sound in a few malformed flows.
            throw Wrong(line, "expected a value, but the list or mapping ends here");
        }

        string? anchor = start.Anchor.IsEmpty ? null : start.Anchor.Value;
        if (anchor is not null)
        {
            _anchors[anchor] = null;
        }

        YamlNode node = start switch
        {
            Scalar scalar => Counted(ReadScalar(scalar, line)),
            SequenceStart sequence => ReadSequence(sequence, line, depth),
            MappingStart mapping => ReadMapping(mapping, line, depth),
            _ => throw Wrong(line, "expected a value"),
        };
        if (anchor is not null)
        {
            _anchors[anchor] = node;
        }

        return node;
    }

    private YamlNode Resolve(AnchorAlias alias)
    {
        string name = alias.Value.Value;
        return _anchors.TryGetValue(name, out YamlNode? node)
            ? node ?? throw Wrong(alias.Start.Line, $"the alias '*{name}' stands inside of what it names")
            : throw Wrong(alias.Start.Line, $"the alias '*{name}' has no anchor '&{name}' before it");
    }

    private YamlScalar ReadScalar(Scalar scalar, long line)
    {
        string shown = $"'{(scalar.Value.Length <= Shown ? scalar.Value : scalar.Value[..Shown] + "…")}'";
        try
        {
            return YamlScalarReader.TryRead(scalar, out object? value)
                ? new YamlScalar(line, value)
                : throw Wrong(
                    line,
                    $"{shown}{(scalar.Tag.IsEmpty ? "" : $" with the tag {scalar.Tag}")} is no text, number, truth value or null. Put it "
                    + "in quotes if it is a text");
        }
        catch (TemplateFailure failure)
        {
            throw new ModelFormatException(
                $"{_source}, line {line}: {shown} {failure.Message}. Shorten it, or put it in quotes if it is a text.", failure);
        }
    }

    private YamlSequence ReadSequence(SequenceStart start, long line, int depth)
    {
        CheckTag(start, "seq");
        List<YamlNode> items = [];
        while (Next() is not SequenceEnd)
        {
            items.Add(ReadNode(depth + 1));
        }

        _nodes++;
        return new YamlSequence(line, items);
    }

    private YamlMapping ReadMapping(MappingStart start, long line, int depth)
    {
        CheckTag(start, "map");
        YamlMappingBuilder builder = new(_source);
        while (Next() is not MappingEnd)
        {
            bool isMerge = _parser.Current is Scalar { Style: ScalarStyle.Plain, Value: "<<" };
            YamlNode key = ReadNode(depth + 1);
            Next();
            YamlNode value = ReadNode(depth + 1);
            if (isMerge)
            {
                builder.Merge(key, value);
            }
            else
            {
                builder.Add(key, value);
            }
        }

        _nodes++;
        return builder.Build(line);
    }

    private void CheckTag(NodeEvent start, string expected)
    {
        if (!start.Tag.IsEmpty && !start.Tag.IsNonSpecific && start.Tag.Value != $"tag:yaml.org,2002:{expected}")
        {
            throw Wrong(start.Start.Line, $"the tag {start.Tag} is not supported");
        }
    }

    private YamlNode Counted(YamlNode node)
    {
        _nodes += node.Size;
        return _nodes <= MaxNodes ? node : throw Wrong(Line, $"the file has more than {MaxNodes:N0} values, aliases expanded");
    }

    private ModelFormatException Wrong(long line, string problem) => new($"{_source}, line {line}: {problem}.");
}
