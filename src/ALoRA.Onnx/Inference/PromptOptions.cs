using System.Text.Json.Nodes;

namespace ALoRA.Onnx;

/// <summary>
/// How <see cref="Conversation.PromptAsync(IReadOnlyList{PromptMessage}, PromptOptions?, CancellationToken)"/>
/// renders and computes a prompt.
/// </summary>
public sealed record PromptOptions
{
    /// <summary>
    /// Whether messages are rendered with the opening of the assistant's answer at the end.
    /// The default value is <see langword="true"/>; an intrinsic that judges an answer needs <see langword="false"/>.
    /// </summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>
    /// Further variables of the chat template, such as <c>documents</c>, <c>tools</c> or
    /// <c>enable_thinking</c>; not changed. The default, null, is none.
    /// </summary>
    public JsonObject? TemplateVariables { get; init; }

    /// <summary>Clock and limits of the rendering. The default, null, is <see cref="ChatTemplateOptions.Default"/>.</summary>
    public ChatTemplateOptions? TemplateOptions { get; init; }

    /// <summary>Name of the adapter to run prompt and answer under; the default, null, is the base.</summary>
    public string? Adapter { get; init; }

    /// <summary>First adapted token of the prompt. The default, null, finds it by PEFT's rule; a plain LoRA always adapts all.</summary>
    public int? ActivationPosition { get; init; }

    /// <summary>
    /// Whether an aLoRA whose invocation tokens are missing runs as the base, as in PEFT, instead of being an error.
    /// The default value is <see langword="false"/>.
    /// </summary>
    public bool AllowMissingInvocation { get; init; }
}
