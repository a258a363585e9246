using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI;

/// <summary>What requests to an <see cref="AloraChatClient"/> can say beyond the properties of <see cref="ChatOptions"/>.</summary>
public static class ChatOptionsExtensions
{
    /// <summary>Adds documents to a request, behind those that it has.</summary>
    /// <param name="options">The request's options, which are changed.</param>
    /// <param name="documents">The documents, in the order in which the template gets them.</param>
    /// <returns>The same options.</returns>
    /// <exception cref="ArgumentException">
    /// The options hold something else than a list under <see cref="AloraChatKeys.Documents"/>.
    /// </exception>
    public static ChatOptions AddDocuments(this ChatOptions options, params IEnumerable<ChatDocument> documents)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(documents);
        options.AdditionalProperties ??= [];
        options.AdditionalProperties.TryGetValue(AloraChatKeys.Documents, out object? present);
        JsonArray list = present is null ? [] : Requests.JsonValues.ArrayOf(AloraChatKeys.Documents, present);
        foreach (ChatDocument document in documents)
        {
            JsonObject json = new() { ["doc_id"] = document.Id ?? (list.Count + 1).ToString(CultureInfo.InvariantCulture) };
            if (document.Title is not null)
            {
                json["title"] = document.Title;
            }

            json["text"] = document.Text;
            list.Add((JsonNode)json);
        }

        options.AdditionalProperties[AloraChatKeys.Documents] = Requests.JsonValues.ElementOf(list);
        return options;
    }
}
