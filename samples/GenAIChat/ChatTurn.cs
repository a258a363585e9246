using ALoRA.Onnx;

namespace GenAIChat;

/// <summary>What ONNX Runtime GenAI made of one turn.</summary>
/// <param name="Prompt">The messages that the model was asked with.</param>
/// <param name="PromptIds">Their ids.</param>
/// <param name="AnswerIds">Ids of the base's answer, without the one that ends it.</param>
/// <param name="Answered">The messages with the answer.</param>
/// <param name="ConversationIds">Ids that the adapter was invoked behind.</param>
/// <param name="AdapterIds">Ids of the adapter's answer, without the one that ends it.</param>
internal sealed record ChatTurn(
    IReadOnlyList<PromptMessage> Prompt,
    IReadOnlyList<int> PromptIds,
    IReadOnlyList<int> AnswerIds,
    IReadOnlyList<PromptMessage> Answered,
    IReadOnlyList<int> ConversationIds,
    IReadOnlyList<int> AdapterIds);
