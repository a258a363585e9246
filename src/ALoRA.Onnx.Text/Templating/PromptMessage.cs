namespace ALoRA.Onnx;

/// <summary>One message of a conversation as templates see it: <c>{"role": …, "content": …}</c>.</summary>
/// <param name="Role">
/// Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c>, <c>tool</c>, or what the template knows beyond these.
/// </param>
/// <param name="Content">The text, as it is.</param>
/// <remarks>
/// Messages with tool calls, content parts or other keys are rendered through
/// <see cref="ChatTemplate.Render(System.Text.Json.Nodes.JsonObject, ChatTemplateOptions?)"/>.
/// </remarks>
public sealed record PromptMessage(string Role, string Content);
