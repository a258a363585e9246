namespace ALoRA.Onnx;

/// <summary>
/// Names of the intrinsics in IBM's catalogue (granitelib rag, core and guardian, release 1.0), which are their folders in the libraries.
/// </summary>
public static class IntrinsicNames
{
    /// <summary>Whether the documents answer the last question; see <see cref="ALoRA.Onnx.Answerability"/>.</summary>
    public const string Answerability = "answerability";

    /// <summary>Which sentences of the documents support the answer; see <see cref="ALoRA.Onnx.Citations"/>.</summary>
    public const string Citations = "citations";

    /// <summary>What of documents and history the answer goes back to.</summary>
    public const string ContextAttribution = "context-attribution";

    /// <summary>Whether a document is relevant; argument <c>document_content</c>; see <see cref="ALoRA.Onnx.ContextRelevance"/>.</summary>
    public const string ContextRelevance = "context_relevance";

    /// <summary>A version of the answer that keeps to the context; see <see cref="ALoRA.Onnx.FactualityCorrection"/>.</summary>
    public const string FactualityCorrection = "factuality-correction";

    /// <summary>Whether the answer contradicts the context; see <see cref="Factuality"/>.</summary>
    public const string FactualityDetection = "factuality-detection";

    /// <summary>Whether the last message meets a criterion; see <see cref="Guardian"/>.</summary>
    public const string GuardianCore = "guardian-core";

    /// <summary>Which sentences of the answer the documents do not support; see <see cref="ALoRA.Onnx.HallucinationDetection"/>.</summary>
    public const string HallucinationDetection = "hallucination_detection";

    /// <summary>Whether the last message is an attack; see <see cref="Guardian"/>.</summary>
    public const string Jailbreak = "jailbreak";

    /// <summary>Whether the conversation keeps to a policy; see <see cref="ALoRA.Onnx.PolicyGuardrails"/>.</summary>
    public const string PolicyGuardrails = "policy-guardrails";

    /// <summary>A question back where the last one is ambiguous; see <see cref="ALoRA.Onnx.QueryClarification"/>.</summary>
    public const string QueryClarification = "query_clarification";

    /// <summary>The last question in words that stand for themselves; see <see cref="ALoRA.Onnx.QueryRewrite"/>.</summary>
    public const string QueryRewrite = "query_rewrite";

    /// <summary>
    /// Whether the answer meets a requirement; argument <c>requirement</c>; see <see cref="ALoRA.Onnx.RequirementCheck"/>.
    /// </summary>
    public const string RequirementCheck = "requirement-check";

    /// <summary>How sure the answer is; see <see cref="Certainty"/>.</summary>
    public const string Uncertainty = "uncertainty";
}
