using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>Makes the post-processor: the begin token in front and the end token behind where the model wants them.</summary>
internal static class TokenizerTemplate
{
    public static JsonObject Make(GgufVocabulary vocabulary, TokenizerDefinition definition)
    {
        int? begin = definition.AddsBegin ? vocabulary.BeginId : null;
        int? end = definition.AddsEnd ? vocabulary.EndId : null;
        JsonObject special = [];
        foreach (int id in ((int?[])[begin, end]).OfType<int>())
        {
            string token = vocabulary.Tokens[id];
            special[token] = new JsonObject { ["id"] = token, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(token) };
        }

        string? beginText = vocabulary.TextOf(begin);
        string? endText = vocabulary.TextOf(end);
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray([.. Sequence(beginText, "A", 0, endText)]),
            ["pair"] = new JsonArray([.. Sequence(beginText, "A", 0, endText), .. Sequence(beginText, "B", 1, endText)]),
            ["special_tokens"] = special,
        };
    }

    private static IEnumerable<JsonNode> Sequence(string? begin, string name, int type, string? end)
    {
        if (begin is not null)
        {
            yield return Special(begin, type);
        }

        yield return new JsonObject { ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = type } };
        if (end is not null)
        {
            yield return Special(end, type);
        }
    }

    private static JsonObject Special(string token, int type) =>
        new() { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = type } };
}
