using System.Text.Json.Nodes;

namespace ALoRA.Onnx;

/// <summary>
/// How <see cref="Conversation.PromptAsync(IReadOnlyList{PromptMessage}, PromptOptions?, CancellationToken)"/>
/// renders and computes a prompt.
/// </summary>
public sealed record PromptOptions
{
    /// <summary>
    /// Whether the rendered prompt ends with the opening of the assistant's turn.
    /// The default value is <see langword="true"/>; an intrinsic that judges an answer needs <see langword="false"/>.
    /// </summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>
    /// More variables for the chat template, such as <c>documents</c>, <c>tools</c> or <c>enable_thinking</c>; not modified.
    /// The default, null, is none.
    /// </summary>
    public JsonObject? TemplateVariables { get; init; }

    /// <summary>Clock and limits for rendering. The default, null, is <see cref="ChatTemplateOptions.Default"/>.</summary>
    public ChatTemplateOptions? TemplateOptions { get; init; }

    /// <summary>
    /// What becomes of special tokens that messages and <see cref="TemplateVariables"/> spell out. The default is
    /// <see cref="SpecialTokenHandling.AsText"/>. Ignored for a prompt of ids, which are taken as they are.
    /// </summary>
    public SpecialTokenHandling SpecialTokens { get; init; }

    /// <summary>Name of the adapter that computes prompt and answer. The default, null, is the base model.</summary>
    public string? Adapter { get; init; }

    /// <summary>
    /// Index of the first adapted token of the prompt. The default, null, finds it by PEFT's rule. A plain LoRA always adapts all tokens.
    /// </summary>
    public int? ActivationPosition { get; init; }

    /// <summary>
    /// Whether the base model computes the prompt, as in PEFT, if it lacks the aLoRA's invocation tokens; otherwise that is an error.
    /// The default value is <see langword="false"/>.
    /// </summary>
    public bool AllowMissingInvocation { get; init; }

    /// <summary>
    /// For whom the prompt is computed, such as the id of a user or a tenant: only conversations of the same scope, compared
    /// letter by letter, find each other's tokens in the prefix cache (<see cref="AloraModelOptions.PrefixCacheBytes"/>),
    /// any number of them. The default, null, is the conversation's own <see cref="Conversation.CacheScope"/>. A conversation
    /// that goes to another scope takes nothing along: all its tokens are computed again.
    /// </summary>
    public string? CacheScope { get; init; }
}
