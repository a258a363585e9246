using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Intrinsics.Definitions;
using ALoRA.Onnx.Intrinsics.Rewriting;

namespace ALoRA.Onnx.Intrinsics.Transformations;

/// <summary>Reads the sentences of a rewritten request back, in the order in which the answer counts them.</summary>
/// <param name="places">Where, in the rule's order; the numbers run on from one to the next.</param>
/// <param name="tags">The marks' tags.</param>
/// <param name="form">Where the documents went.</param>
/// <param name="hasInstruction">Whether the last message is the instruction.</param>
internal sealed class SentenceSources(IReadOnlyList<SentencePlace> places, SentenceTags tags, DocumentForm form, bool hasInstruction)
{
    private const string DocumentRole = "document ";

    /// <exception cref="IntrinsicFormatException">The request is malformed or has no marks.</exception>
    public IReadOnlyList<MarkedSentence> Read(JsonObject request)
    {
        ChatRequest chat = new(request);
        return
        [
            .. places.SelectMany(place => place switch
            {
                SentencePlace.LastMessage => MarkedSentence.Read(chat.ContentOf(LastMessage(chat)), tags.LastMessage!, 0),
                SentencePlace.Documents => Documents(chat),
                _ => History(chat),
            }),
        ];
    }

    private int LastMessage(ChatRequest chat)
    {
        int last = chat.Messages.Count - (hasInstruction ? 2 : 1);
        return last >= 0
            ? last
            : throw new IntrinsicFormatException(
                $"The request has {chat.Messages.Count} messages; expected "
                + $"{(hasInstruction ? "one before the instruction" : "at least one")}, whose sentences are numbered.");
    }

    private List<MarkedSentence> Documents(ChatRequest chat)
    {
        List<MarkedSentence> sentences = [];
        foreach ((string text, string? id) in DocumentsOf(chat))
        {
            sentences.AddRange(MarkedSentence.Read(text, tags.Documents!, sentences.Count, documentId: id));
        }

        return sentences;
    }

    // The marks of earlier messages are numbered on from those of the documents.
    private List<MarkedSentence> History(ChatRequest chat)
    {
        int first = tags.Documents is { Length: > 0 } ? Documents(chat).Count : 0;
        List<MarkedSentence> sentences = [];
        long index = 0;
        for (int i = 0; i < LastMessage(chat); i++)
        {
            if (!IsDocument(chat, i))
            {
                sentences.AddRange(MarkedSentence.Read(chat.ContentOf(i), tags.History!, first + sentences.Count, messageIndex: index++));
            }
        }

        return sentences;
    }

    private bool IsDocument(ChatRequest chat, int message) => form switch
    {
        DocumentForm.Json => message == 0 && chat.Documents is null && TryReadDocumentList(chat, out _),
        DocumentForm.Roles => chat.RoleOf(message).StartsWith(DocumentRole, StringComparison.Ordinal),
        _ => false,
    };

    private IEnumerable<(string Text, string? Id)> DocumentsOf(ChatRequest chat) => form switch
    {
        DocumentForm.Template => (chat.Documents ?? []).Select(document => (ChatRequest.TextOf(document), ChatRequest.IdOf(document))),
        DocumentForm.Json => TryReadDocumentList(chat, out List<(string, string?)> documents)
            ? documents
            : throw new IntrinsicFormatException(
                "The request's first message should be the list of documents as JSON, but is something else."),
        _ => Enumerable.Range(0, chat.Messages.Count)
            .Where(i => IsDocument(chat, i))
            .Select(i => (chat.ContentOf(i), (string?)chat.RoleOf(i)[DocumentRole.Length..])),
    };

    private static bool TryReadDocumentList(ChatRequest chat, out List<(string Text, string? Id)> documents)
    {
        documents = [];
        try
        {
            if (chat.Messages.Count == 0 || JsonNode.Parse(chat.ContentOf(0)) is not JsonArray list)
            {
                return false;
            }

            ChatRequest inner = new(
                new JsonObject { ["messages"] = new JsonArray(), ["extra_body"] = new JsonObject { ["documents"] = list.DeepClone() } });
            documents.AddRange(inner.Documents!.Select(document => (ChatRequest.TextOf(document), ChatRequest.IdOf(document))));
            return true;
        }
        catch (Exception exception) when (exception is JsonException or IntrinsicFormatException)
        {
            return false;
        }
    }
}
