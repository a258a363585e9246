using ALoRA.Onnx.Intrinsics.Definitions.Yaml;
using ALoRA.Onnx.Intrinsics.Transformations;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Intrinsics.Definitions;

/// <summary>Reads the rules of <c>transformations</c>.</summary>
internal sealed class RuleReader(string source, SentenceTags tags, DocumentForm form, bool hasInstruction)
{
    private const string Type = "type";
    private const string InputPath = "input_path";

    /// <summary>Reads one rule.</summary>
    /// <exception cref="ModelFormatException">It is unknown or malformed.</exception>
    public ResultRule Read(YamlNode node, int index)
    {
        string path = $"transformations[{index}]";
        YamlNode? type = (node as YamlMapping)?.Entries.FirstOrDefault(entry => entry.Key is YamlScalar { Value: Type }).Value;
        YamlFields Open(params ReadOnlySpan<string> keys) => new(source, path, node, [Type, InputPath, .. keys]);
        switch ((type as YamlScalar)?.Value)
        {
            case "likelihood":
                return ReadLikelihood(Open("categories_to_values"));
            case "nest":
                YamlFields nest = Open("field_name");
                return new NestRule(ReadPath(nest), nest.Text("field_name"));
            case "decode_sentences":
                return ReadDecodeSentences(Open("source", "output_names"));
            case "explode":
                YamlFields explode = Open("target_field");
                return new ExplodeRule(ReadPath(explode), explode.Text("target_field"));
            case "drop_duplicates":
                YamlFields drop = Open("target_fields");
                return new DropDuplicatesRule(ReadPath(drop), drop.Texts("target_fields"));
            case "project":
                return ReadProject(Open("retained_fields"));
            case "merge_spans":
                YamlFields merge = Open("group_fields", "begin_field", "end_field", "text_field");
                return new MergeSpansRule(
                    ReadPath(merge), merge.Texts("group_fields"), merge.Text("begin_field"), merge.Text("end_field"),
                    merge.OptionalText("text_field"));
            default:
                string[] keys = type is null
                    ? [Type]
                    : [.. ((YamlMapping)node).Entries.Select(entry => (entry.Key as YamlScalar)?.Value as string ?? "")];
                YamlFields rule = new(source, path, node, keys);
                throw rule.Wrong(
                    rule.Join(Type), rule.Required(Type),
                    "likelihood, nest, decode_sentences, explode, drop_duplicates, project or merge_spans");
        }
    }

    private static JsonPath ReadPath(YamlFields rule) => new(
        [.. rule.Items(InputPath).Select((step, i) => step is YamlScalar { Value: null or string or long } scalar
            ? scalar.Value
            : throw rule.Wrong($"{rule.Join(InputPath)}[{i}]", step, "a key, an index or null"))]);

    private static LikelihoodRule ReadLikelihood(YamlFields rule)
    {
        string name = rule.Join("categories_to_values");
        DictValue categories = new(new Budget());
        YamlNode node = rule.Required("categories_to_values");
        foreach ((YamlNode key, YamlNode value) in (node as YamlMapping
            ?? throw rule.Wrong(name, node, "a mapping from literals to numbers")).Entries)
        {
            object category = key is YamlScalar { Value: { } literal }
                ? literal
                : throw rule.Wrong(name, key, "a mapping whose keys are texts, numbers or truth values");
            if (value is not YamlScalar { Value: long or double } number || number.Value is double.NaN)
            {
                throw rule.Wrong($"{name}.{key.Description}", value, "a number");
            }

            if (categories.TryGet(category, out _))
            {
                throw rule.Wrong(name, key, "a mapping whose keys differ (1 and true are one key)");
            }

            categories.Set(category, number.Value);
        }

        return new LikelihoodRule(ReadPath(rule), categories);
    }

    private DecodeSentencesRule ReadDecodeSentences(YamlFields rule)
    {
        YamlNode from = rule.Required("source");
        List<SentencePlace> places = [];
        foreach (YamlNode item in from is YamlSequence list ? list.Items : [from])
        {
            SentencePlace place = (item is YamlScalar { Value: string name } ? DefinitionReader.PlaceOf(name) : null)
                ?? throw rule.Wrong(rule.Join("source"), item, "last_message, documents, all_but_last_message, or a list of them");
            CheckPlace(rule, item, place);
            places.Add(place);
        }

        return places.Count == 0
            ? throw rule.Wrong(rule.Join("source"), from, "a list of at least one place")
            : new DecodeSentencesRule(ReadPath(rule), new SentenceSources(places, tags, form, hasInstruction), ReadOutputs(rule, places));
    }

    private void CheckPlace(YamlFields rule, YamlNode node, SentencePlace place)
    {
        if (form == DocumentForm.Text)
        {
            throw rule.Wrong(
                rule.Join("source"), node, "left out: sentences can't be read back where docs_as_message is string. Use json or roles");
        }

        string? tag = place switch
        {
            SentencePlace.LastMessage => tags.LastMessage,
            SentencePlace.Documents => tags.Documents,
            _ => tags.History,
        };
        if (tag is null)
        {
            throw rule.Wrong(rule.Join("source"), node, "a place that has a tag in sentence_boundaries");
        }
    }

    private static List<(SentenceFact, string)> ReadOutputs(YamlFields rule, List<SentencePlace> places)
    {
        List<(SentenceFact, string)> outputs = [];
        string name = rule.Join("output_names");
        foreach ((string key, YamlNode value) in rule.Entries("output_names"))
        {
            SentenceFact fact = key switch
            {
                "begin" => SentenceFact.Begin,
                "end" => SentenceFact.End,
                "text" => SentenceFact.Text,
                "document_id" when places.Contains(SentencePlace.Documents) => SentenceFact.DocumentId,
                "message_index" when places.Contains(SentencePlace.History) => SentenceFact.MessageIndex,
                _ => throw rule.Wrong(
                    $"{name}.{key}", value,
                    "left out: known are begin, end, text, document_id where documents are a source, and message_index "
                    + "where all_but_last_message is"),
            };
            if (value is not YamlScalar { Value: null })
            {
                outputs.Add((fact, rule.TextOf($"{name}.{key}", value)));
            }
        }

        return [.. outputs.OrderBy(output => output.Item1)];
    }

    private static ProjectRule ReadProject(YamlFields rule)
    {
        const string Fields = "retained_fields";
        YamlNode node = rule.Required(Fields);
        IEnumerable<(string, string)> fields = node switch
        {
            YamlSequence => rule.Texts(Fields).Select(field => (field, field)),
            YamlMapping => rule.Entries(Fields).Select(field => (field.Key, rule.TextOf($"{rule.Join(Fields)}.{field.Key}", field.Value))),
            _ => throw rule.Wrong(rule.Join(Fields), node, "a list of fields, or a mapping from fields to new names"),
        };
        return new ProjectRule(ReadPath(rule), [.. fields]);
    }
}
