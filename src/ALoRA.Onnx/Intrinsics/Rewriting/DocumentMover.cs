using System.Text.Json.Nodes;
using ALoRA.Onnx.Intrinsics.Definitions;

namespace ALoRA.Onnx.Intrinsics.Rewriting;

/// <summary>Moves documents into messages, for models whose template knows none.</summary>
internal static class DocumentMover
{
    private static readonly string[] JsonKeys = ["text", "title", "doc_id"];

    public static void Apply(ChatRequest request, DocumentForm form)
    {
        if (form == DocumentForm.Template || request.Documents is not { } documents)
        {
            return;
        }

        request.InsertMessages(form switch
        {
            DocumentForm.Text =>
                [("user", "You have access to the following documents:\n\n" + string.Join("\n\n", documents.Select(AsText)))],
            DocumentForm.Json => [("user", PythonJson.Print(new JsonArray([.. documents.Select(AsJson)])))],
            _ => documents.Select(document => ($"document {Id(document)}", ChatRequest.TextOf(document))),
        });
        request.RemoveDocuments();
    }

    private static string AsText(JsonObject document) => $"[Document {Id(document)}]\n{ChatRequest.TextOf(document)}";

    private static JsonObject AsJson(JsonObject document)
    {
        JsonObject json = [];
        foreach (string key in JsonKeys.Where(document.ContainsKey))
        {
            json[key] = document[key]?.DeepClone();
        }

        return json;
    }

    private static string Id(JsonObject document) => ChatRequest.IdOf(document) ?? "None";
}
