using ALoRA.Onnx.Cluster.Placement;
using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Serving;
using ALoRA.Onnx.Serving.Requests;

namespace ALoRA.Onnx.Cluster.Answers;

/// <summary>
/// What requests have in common that should be computed on one server: the tenant, and what the caller says or else how the conversation
/// begins. Not an aLoRA, which reads the base's rows; a plain LoRA, whose rows are its own.
/// </summary>
internal static class RoutingKey
{
    // Of a prompt without messages, whose end moves from one request to the next.
    private const int BeginningTokens = 256;

    /// <summary>The key of all that one HTTP request asks for.</summary>
    public static ulong Of(AnswerGroup group)
    {
        EngineRequest first = group.Requests[0];
        string? text = group.Beginning?.Invoke();
        ReadOnlySpan<int> ids = text is null ? first.Prompt.Ids.Span[..Math.Min(first.Prompt.Ids.Length, BeginningTokens)] : [];
        return RendezvousHash.KeyOf(first.CacheScope, text, ids, AdapterOf(group));
    }

    private static string? AdapterOf(AnswerGroup group)
    {
        string? adapter = group.Requests[0].Adapter;
        return group.Requests.All(request => request.Adapter == adapter)
            && PortableRequest.OwnsWholePrompt(group.Opened.Model, adapter)
            ? PortableRequest.HashOf(group.Opened.Model, adapter)
            : null;
    }
}
