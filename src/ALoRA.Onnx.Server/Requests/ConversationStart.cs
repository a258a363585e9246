using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Server.Wire;

namespace ALoRA.Onnx.Server.Requests;

/// <summary>
/// What all requests of a conversation have in common: what the caller says that is, else tools, documents and messages up to the first one
/// of the user, none of which changes from one turn to the next.
/// </summary>
internal static class ConversationStart
{
    /// <summary>A text that is the same for all of them; made when it is needed.</summary>
    /// <param name="cacheKey">The field <c>prompt_cache_key</c>; null if it is not there.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="documents">The documents; null for none.</param>
    /// <param name="tools">The tools; null for none.</param>
    public static Func<string?> Of(string? cacheKey, MessageBody[]? messages, JsonArray? documents, ToolBody[]? tools) =>
        string.IsNullOrEmpty(cacheKey) ? () => Write(messages ?? [], documents, tools ?? []) : KeyOf(cacheKey);

    /// <summary>The same where there are no messages; null where the caller says nothing.</summary>
    public static Func<string?>? Of(string? cacheKey) => string.IsNullOrEmpty(cacheKey) ? null : KeyOf(cacheKey);

    private static Func<string?> KeyOf(string cacheKey) => () => $"key {cacheKey}";

    private static string Write(MessageBody[] messages, JsonArray? documents, ToolBody[] tools)
    {
        StringBuilder text = new("start ");
        foreach (ToolBody? tool in tools)
        {
            Add(text, tool?.Function?.Name);
        }

        Add(text, documents?.ToJsonString());
        foreach (MessageBody? message in messages)
        {
            Add(text, message?.Role);
            Add(text, message is null ? null : TextOf(message.Content));
            if (message?.Role == "user")
            {
                break;
            }
        }

        return text.ToString();
    }

    // A text and a list with that text alone are the same message.
    private static string TextOf(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.Undefined => "",
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array when content.GetArrayLength() == 1 && content[0].ValueKind == JsonValueKind.Object
            && content[0].TryGetProperty("text"u8, out JsonElement only) && only.ValueKind == JsonValueKind.String => only.GetString()!,
        _ => content.GetRawText(),
    };

    private static void Add(StringBuilder text, string? part) => text.Append(part?.Length ?? -1).Append(' ').Append(part).Append('\n');
}
