using System.Text.Json.Nodes;

namespace ALoRA.Onnx;

/// <summary>
/// The intrinsics of IBM's catalogue as methods of conversations, with typed results and the catalogue's adapter names as defaults.
/// For certainty, see <see cref="CertaintyExtensions"/>.
/// </summary>
/// <remarks>
/// All of them reuse the part of their prompt that is in the conversation's KV cache, and leave it unchanged. Exceptions are those of
/// <see cref="IntrinsicExtensions.InvokeAsync(Conversation, Intrinsic, IntrinsicRequest, CancellationToken)"/> and
/// <see cref="AloraModel.OpenIntrinsic"/>.
/// </remarks>
public static class KnownIntrinsics
{
    /// <summary>Whether the documents answer the last question. The request ends with the question.</summary>
    public static Task<Answerability> CheckAnswerabilityAsync(
        this Conversation conversation, IntrinsicRequest request, string adapter = IntrinsicNames.Answerability,
        CancellationToken cancellationToken = default) =>
        conversation.AskAsync(adapter, request, Answerability.From, cancellationToken);

    /// <summary>Rewrites the last question so that it can be understood on its own. The request ends with the question.</summary>
    public static Task<QueryRewrite> RewriteQueryAsync(
        this Conversation conversation, IntrinsicRequest request, string adapter = IntrinsicNames.QueryRewrite,
        CancellationToken cancellationToken = default) =>
        conversation.AskAsync(adapter, request, QueryRewrite.From, cancellationToken);

    /// <summary>Asks back if the last question is ambiguous. The request ends with the question.</summary>
    public static Task<QueryClarification> ClarifyQueryAsync(
        this Conversation conversation, IntrinsicRequest request, string adapter = IntrinsicNames.QueryClarification,
        CancellationToken cancellationToken = default) =>
        conversation.AskAsync(adapter, request, QueryClarification.From, cancellationToken);

    /// <summary>
    /// How relevant a document is to the last question.
    /// The request ends with the question; the document is the argument <c>document_content</c>.
    /// </summary>
    public static Task<ContextRelevance> CheckContextRelevanceAsync(
        this Conversation conversation, IntrinsicRequest request, string document, string adapter = IntrinsicNames.ContextRelevance,
        CancellationToken cancellationToken = default) =>
        conversation.AskAsync(adapter, With(request, "document_content", document), ContextRelevance.From, cancellationToken);

    /// <summary>Which sentences of the answer the documents do not support. The request ends with the answer.</summary>
    public static Task<HallucinationDetection> DetectHallucinationsAsync(
        this Conversation conversation, IntrinsicRequest request, string adapter = IntrinsicNames.HallucinationDetection,
        CancellationToken cancellationToken = default) =>
        conversation.AskAsync(adapter, request, HallucinationDetection.From, cancellationToken);

    /// <summary>What in the documents supports the answer. The request ends with the answer.</summary>
    public static Task<Citations> FindCitationsAsync(
        this Conversation conversation, IntrinsicRequest request, string adapter = IntrinsicNames.Citations,
        CancellationToken cancellationToken = default) =>
        conversation.AskAsync(adapter, request, Citations.From, cancellationToken);

    /// <summary>Whether the answer meets a requirement, the argument <c>requirement</c>. The request ends with the answer.</summary>
    public static Task<RequirementCheck> CheckRequirementAsync(
        this Conversation conversation, IntrinsicRequest request, string requirement, string adapter = IntrinsicNames.RequirementCheck,
        CancellationToken cancellationToken = default) =>
        conversation.AskAsync(adapter, With(request, "requirement", requirement), RequirementCheck.From, cancellationToken);

    /// <summary>Whether the last message is a jailbreak.</summary>
    public static Task<Guardian> CheckJailbreakAsync(
        this Conversation conversation, IntrinsicRequest request, string adapter = IntrinsicNames.Jailbreak,
        CancellationToken cancellationToken = default) =>
        conversation.AskAsync(adapter, request, Guardian.From, cancellationToken);

    /// <summary>Whether the last message of a role meets a criterion that it should not meet.</summary>
    /// <param name="conversation">The conversation whose KV cache is reused.</param>
    /// <param name="request">The messages to judge.</param>
    /// <param name="criteria">
    /// What is judged, in words: a criterion of Granite Guardian's model card, or one of your own.
    /// The definition's argument <c>criteria</c>.
    /// </param>
    /// <param name="targetRole">
    /// Whose last message: <c>assistant</c>, the default, or <c>user</c>. The definition's argument <c>target_role</c>.
    /// </param>
    /// <param name="adapter">Name of the adapter.</param>
    /// <param name="cancellationToken">Cancels between chunks and tokens.</param>
    public static Task<Guardian> CheckGuardianAsync(
        this Conversation conversation,
        IntrinsicRequest request,
        string criteria,
        string targetRole = "assistant",
        string adapter = IntrinsicNames.GuardianCore,
        CancellationToken cancellationToken = default) =>
        conversation.AskAsync(
            adapter, With(With(request, "criteria", criteria), "target_role", targetRole), Guardian.From, cancellationToken);

    /// <summary>Whether the last message keeps to a policy, the argument <c>policy_text</c>.</summary>
    public static Task<PolicyGuardrails> CheckPolicyAsync(
        this Conversation conversation, IntrinsicRequest request, string policy, string adapter = IntrinsicNames.PolicyGuardrails,
        CancellationToken cancellationToken = default) =>
        conversation.AskAsync(adapter, With(request, "policy_text", policy), PolicyGuardrails.From, cancellationToken);

    /// <summary>Whether the answer contradicts the context. The request ends with the answer.</summary>
    public static Task<Factuality> DetectFactualityAsync(
        this Conversation conversation, IntrinsicRequest request, string adapter = IntrinsicNames.FactualityDetection,
        CancellationToken cancellationToken = default) =>
        conversation.AskAsync(adapter, request, Factuality.From, cancellationToken);

    /// <summary>A version of the answer that keeps to the context. The request ends with the answer.</summary>
    public static Task<FactualityCorrection> CorrectFactualityAsync(
        this Conversation conversation, IntrinsicRequest request, string adapter = IntrinsicNames.FactualityCorrection,
        CancellationToken cancellationToken = default) =>
        conversation.AskAsync(adapter, request, FactualityCorrection.From, cancellationToken);

    private static async Task<TResult> AskAsync<TResult>(
        this Conversation conversation, string adapter, IntrinsicRequest request, Func<IntrinsicAnswer, TResult> read,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        Intrinsic intrinsic = conversation.Model.OpenIntrinsic(adapter);
        return read(await conversation.InvokeAsync(intrinsic, request, cancellationToken).ConfigureAwait(false));
    }

    private static IntrinsicRequest With(IntrinsicRequest request, string argument, string value)
    {
        ArgumentNullException.ThrowIfNull(request);
        JsonObject arguments = request.Arguments?.DeepClone().AsObject() ?? [];
        arguments[argument] = value;
        return request with { Arguments = arguments };
    }
}
