using System.Text;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Intrinsics.Definitions.Yaml;
using ALoRA.Onnx.Intrinsics.Rewriting;

namespace ALoRA.Onnx.Intrinsics.Definitions;

/// <summary>Reads the top level of an <c>io.yaml</c>.</summary>
internal static class DefinitionReader
{
    private const string LastMessage = "last_message";
    private const string Documents = "documents";
    private const string History = "all_but_last_message";
    private const string ExtraBody = "extra_body";

    private static readonly string[] Keys =
    [
        "model", "response_format", "transformations", "instruction", "parameters", "sentence_boundaries", "docs_as_message",
        "logprobs_workaround", "name",
    ];

    /// <exception cref="ModelFormatException">The text is no valid definition.</exception>
    public static IntrinsicDefinition Read(string text, string source)
    {
        YamlFields fields = new(source, "", YamlReader.Read(text, source), Keys);
        _ = fields.Required("model");
        SentenceTags tags = ReadTags(source, fields);
        DocumentForm form = ReadDocumentForm(fields);
        string? instruction = ReadInstruction(fields);
        JsonObject parameters = fields.Optional("parameters") is { } node ? fields.JsonObject("parameters", node) : [];
        JsonObject extra = TakeExtraBody(fields, parameters);
        _ = fields.Required("transformations");
        RuleReader rules = new(source, tags, form, instruction is not null);
        return new IntrinsicDefinition
        {
            Source = source,
            Name = fields.Optional("name") is YamlScalar { Value: string name } ? name : null,
            Model = fields.OptionalText("model") is { Length: > 0 } model ? model : null,
            ResponseFormat = ReadResponseFormat(fields),
            Instruction = instruction,
            Parameters = parameters,
            ExtraBody = extra,
            SentenceTags = tags,
            DocumentForm = form,
            ReadsFinalChannel = fields.Flag("logprobs_workaround"),
            Rules = fields.Optional("transformations") is null ? [] : [.. fields.Items("transformations").Select(rules.Read)],
        };
    }

    /// <summary>A place by its name; null for any other.</summary>
    public static SentencePlace? PlaceOf(string name) => name switch
    {
        LastMessage => SentencePlace.LastMessage,
        Documents => SentencePlace.Documents,
        History => SentencePlace.History,
        _ => null,
    };

    private static SentenceTags ReadTags(string source, YamlFields fields)
    {
        if (fields.Optional("sentence_boundaries") is not { } node)
        {
            return SentenceTags.None;
        }

        YamlFields places = new(source, "sentence_boundaries", node, LastMessage, Documents, History);
        foreach ((string place, YamlNode tag) in fields.Entries("sentence_boundaries"))
        {
            _ = places.TextOf(places.Join(place), tag);
        }

        return new SentenceTags(places.OptionalText(LastMessage), places.OptionalText(Documents), places.OptionalText(History));
    }

    private static DocumentForm ReadDocumentForm(YamlFields fields) => fields.OptionalText("docs_as_message") switch
    {
        null or "" => DocumentForm.Template,
        "string" => DocumentForm.Text,
        "json" => DocumentForm.Json,
        "roles" => DocumentForm.Roles,
        _ => throw fields.Wrong("docs_as_message", fields.Required("docs_as_message"), "string, json, roles or null"),
    };

    private static string? ReadInstruction(YamlFields fields)
    {
        string? instruction = fields.OptionalText("instruction");
        return instruction is not null && InstructionFormat.FindProblem(instruction) is { } problem
            ? throw fields.Wrong(
                "instruction", fields.Required("instruction"),
                $"a text with its braces in pairs, as {{name}} or doubled, without {problem}")
            : instruction;
    }

    // What is in extra_body goes into the request's extra_body key by key.
    private static JsonObject TakeExtraBody(YamlFields fields, JsonObject parameters)
    {
        if (!parameters.TryGetPropertyValue(ExtraBody, out JsonNode? extra))
        {
            return [];
        }

        parameters.Remove(ExtraBody);
        return extra as JsonObject
            ?? throw fields.Wrong(
                "parameters.extra_body", fields.Entries("parameters").First(entry => entry.Key == ExtraBody).Value, "a mapping");
    }

    private static JsonNode? ReadResponseFormat(YamlFields fields)
    {
        _ = fields.Required("response_format");
        YamlNode? node = fields.Optional("response_format");
        if (node is not YamlScalar { Value: string text })
        {
            return node is null ? null : fields.JsonObject("response_format", node);
        }

        try
        {
            return PythonJson.ToNode(PythonJson.Parse(Encoding.UTF8.GetBytes(text)));
        }
        catch (FormatException exception)
        {
            throw new ModelFormatException(
                $"{fields.Wrong("response_format", node, "a JSON schema as text, or a mapping").Message} "
                + $"{exception.Message.ReplaceLineEndings(" ")}",
                exception);
        }
    }
}
