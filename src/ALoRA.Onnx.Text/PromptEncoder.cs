using System.Text.Json.Nodes;

namespace ALoRA.Onnx;

/// <summary>Makes prompts: renders messages with a chat template and tokenizes the text.</summary>
/// <remarks>
/// The ids are those of Transformers' <c>apply_chat_template</c>: special tokens that the template spells out become their ids, and no
/// others are added. Immutable and thread-safe.
/// </remarks>
public sealed class PromptEncoder
{
    private readonly HfTokenizer _tokenizer;
    private readonly ChatTemplate? _template;
    private readonly string _source;

    /// <summary>Creates an encoder.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="template">The model's chat template. Null if it has none; then only encoding a prompt is an error.</param>
    /// <param name="source">What error messages call the model, usually the path of its folder.</param>
    /// <exception cref="ArgumentNullException"><paramref name="tokenizer"/> or <paramref name="source"/> is null.</exception>
    public PromptEncoder(HfTokenizer tokenizer, ChatTemplate? template, string source)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(source);
        _tokenizer = tokenizer;
        _template = template;
        _source = source;
    }

    /// <summary>The model's chat template.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public ChatTemplate Template => _template
        ?? throw new InvalidOperationException(
            $"{_source} has no chat template, so that messages can't be made into a prompt. "
            + "Prompt with token ids, or put the checkpoint's chat_template.jinja there.");

    /// <summary>Renders messages with the chat template and tokenizes the text.</summary>
    /// <param name="messages">The messages, oldest first.</param>
    /// <param name="addGenerationPrompt">
    /// Whether the prompt ends with the opening of the assistant's turn. The default is <see langword="true"/>.
    /// </param>
    /// <param name="variables">
    /// More variables for the template, such as <c>enable_thinking</c>; they override all others. The default is none.
    /// </param>
    /// <param name="options">Clock and limits. The default, null, is <see cref="ChatTemplateOptions.Default"/>.</param>
    /// <returns>The prompt's token ids.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="messages"/> is null.</exception>
    /// <exception cref="InvalidOperationException">There is no chat template.</exception>
    /// <exception cref="TemplateException">The template does not accept the messages, failed or reached a limit.</exception>
    /// <exception cref="ModelFormatException">
    /// The text has a character that is not in the vocabulary, and the tokenizer defines no unknown token.
    /// </exception>
    public int[] Encode(
        IReadOnlyList<PromptMessage> messages,
        bool addGenerationPrompt = true,
        JsonObject? variables = null,
        ChatTemplateOptions? options = null)
    {
        return _tokenizer.Encode(Template.Render(messages, addGenerationPrompt, variables, options));
    }

    /// <summary>Renders the chat template with variables and tokenizes the text.</summary>
    /// <param name="variables">
    /// <c>messages</c>, <c>add_generation_prompt</c> (false if it is missing), <c>tools</c>, <c>documents</c> and whatever else the
    /// template reads. The template's special tokens are variables, too, unless they are given here.
    /// </param>
    /// <param name="options">Clock and limits. The default, null, is <see cref="ChatTemplateOptions.Default"/>.</param>
    /// <param name="opening">Text that the answer must begin with; tokenized together with the prompt. The default is none.</param>
    /// <returns>The prompt's token ids.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="variables"/> or <paramref name="opening"/> is null.</exception>
    /// <inheritdoc cref="Encode(IReadOnlyList{PromptMessage}, bool, JsonObject?, ChatTemplateOptions?)"/>
    public int[] Encode(JsonObject variables, ChatTemplateOptions? options = null, string opening = "")
    {
        ArgumentNullException.ThrowIfNull(variables);
        ArgumentNullException.ThrowIfNull(opening);
        return _tokenizer.Encode(Template.Render([], addGenerationPrompt: false, variables, options) + opening);
    }
}
