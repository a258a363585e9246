using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Intrinsics.Running;

/// <summary>What of a chat request comes into the prompt; the rest says how to answer it.</summary>
internal static class RequestValues
{
    private const string ExtraBody = "extra_body";
    private static readonly string[] Keys = ["messages", "tools"];
    private static readonly string[] ExtraKeys = ["documents", "chat_template_kwargs"];

    /// <summary>Copies of the values under the request's own keys.</summary>
    public static JsonObject Of(JsonObject request)
    {
        JsonObject values = Copy(request, Keys);
        if (request[ExtraBody] is JsonObject extra)
        {
            values[ExtraBody] = Copy(extra, ExtraKeys);
        }

        return values;
    }

    /// <summary>A copy of the request with other values.</summary>
    public static JsonObject With(JsonObject request, JsonNode values)
    {
        JsonObject changed = request.DeepClone().AsObject();
        Put(changed, values.AsObject(), Keys);
        if (changed[ExtraBody] is JsonObject extra && values[ExtraBody] is JsonObject other)
        {
            Put(extra, other, ExtraKeys);
        }

        return changed;
    }

    private static JsonObject Copy(JsonObject from, string[] keys) => new(keys.Where(from.ContainsKey)
        .Select(key => KeyValuePair.Create(key, from[key]?.DeepClone())));

    private static void Put(JsonObject target, JsonObject values, string[] keys)
    {
        foreach (string key in keys.Where(values.ContainsKey))
        {
            target[key] = values[key]?.DeepClone();
        }
    }
}
