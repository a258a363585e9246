using System.Text.Json.Nodes;
using ALoRA.Onnx.Untrusted;

namespace ALoRA.Onnx;

/// <summary>Makes prompts: renders messages with a chat template and tokenizes the text.</summary>
/// <remarks>
/// <para>
/// The ids are those of Transformers' <c>apply_chat_template</c>: special tokens that the template spells out become their ids, and no
/// others are added. Those that <i>values</i> spell out (messages, documents, tools, results, variables) stay text, unless
/// <see cref="PromptEncodingOptions.SpecialTokens"/> says otherwise; there is no difference where values spell none.
/// <see cref="ChatTemplate.Render(JsonObject, ChatTemplateOptions?)"/> followed by <see cref="HfTokenizer.Encode(string, bool, bool)"/>
/// can't tell values from the template, and makes tokens of all, as Transformers does.
/// </para>
/// <para>
/// The marks of a reasoning block at the start of an assistant's message (<c>&lt;think&gt;</c> to <c>&lt;/think&gt;</c> and kin) are the
/// model's own and stay tokens. Immutable and thread-safe.
/// </para>
/// </remarks>
public sealed class PromptEncoder
{
    private readonly HfTokenizer _tokenizer;
    private readonly ChatTemplate? _template;
    private readonly string _source;
    private readonly Lazy<PromptGuard>? _guard;

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
        _guard = template is null ? null : new Lazy<PromptGuard>(() => new PromptGuard(tokenizer, template));
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
        return EncodePrompt(messages, addGenerationPrompt, variables, new PromptEncodingOptions { Template = options }).Ids.ToArray();
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
        ArgumentNullException.ThrowIfNull(opening);
        return EncodePrompt(variables, new PromptEncodingOptions { Template = options, Opening = opening }).Ids.ToArray();
    }

    /// <summary>Renders messages with the chat template and tokenizes the text.</summary>
    /// <param name="messages">The messages, oldest first.</param>
    /// <param name="addGenerationPrompt">Whether the prompt ends with the opening of the assistant's turn.</param>
    /// <param name="variables">More variables for the template; they override all others. Null is none.</param>
    /// <param name="options">What becomes of special tokens in values, limits, and more.</param>
    /// <param name="cancellationToken">Cancels between rendering and encoding, and between the pieces of the text.</param>
    /// <exception cref="ArgumentNullException"><paramref name="messages"/> or <paramref name="options"/> is null.</exception>
    /// <inheritdoc cref="EncodePrompt(JsonObject, PromptEncodingOptions, CancellationToken)"/>
    public EncodedPrompt EncodePrompt(
        IReadOnlyList<PromptMessage> messages,
        bool addGenerationPrompt,
        JsonObject? variables,
        PromptEncodingOptions options,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(options);
        return EncodePrompt(
            [ChatTemplate.VariablesOf(messages, addGenerationPrompt, variables)], VariablesIn, options, cancellationToken);
    }

    /// <summary>Renders the chat template with variables and tokenizes the text.</summary>
    /// <param name="variables">
    /// <c>messages</c>, <c>add_generation_prompt</c> (false if it is missing), <c>tools</c>, <c>documents</c> and whatever else the
    /// template reads. The template's special tokens are variables, too, unless they are given here; then they are values like others.
    /// </param>
    /// <param name="options">What becomes of special tokens in values, limits, and more.</param>
    /// <param name="cancellationToken">Cancels between rendering and encoding, and between the pieces of the text.</param>
    /// <exception cref="ArgumentNullException"><paramref name="variables"/> or <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">The prompt can't have as few tokens as it may.</exception>
    /// <exception cref="SpecialTokenException">
    /// A role is no plain word, a value spells out a special token that is to be refused, or the template would make one of its parts.
    /// </exception>
    /// <exception cref="InvalidOperationException">There is no chat template.</exception>
    /// <exception cref="TemplateException">The template does not accept the messages, failed or reached a limit.</exception>
    /// <exception cref="ModelFormatException">
    /// The text has a character that is not in the vocabulary, and the tokenizer defines no unknown token.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public EncodedPrompt EncodePrompt(JsonObject variables, PromptEncodingOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(variables);
        ArgumentNullException.ThrowIfNull(options);
        return EncodePrompt([variables], VariablesIn, options, cancellationToken);
    }

    /// <summary>Makes a prompt of values that are not variables of the template yet, such as those of an intrinsic's request.</summary>
    /// <param name="values">The values; the first holds <c>messages</c>.</param>
    /// <param name="variablesOf">
    /// Makes the template's variables of the values, which may be other ones at each call, and hold characters that no text has; what it
    /// adds of its own is trusted.
    /// </param>
    /// <param name="options">What becomes of special tokens in values, limits, and more.</param>
    /// <param name="cancellationToken">Cancels between rendering and encoding, and between the pieces of the text.</param>
    internal EncodedPrompt EncodePrompt(
        IReadOnlyList<JsonNode?> values,
        Func<IReadOnlyList<JsonNode?>, JsonObject> variablesOf,
        PromptEncodingOptions options,
        CancellationToken cancellationToken)
    {
        _ = Template;
        return _guard!.Value.Encode(values, variablesOf, options, cancellationToken);
    }

    private static JsonObject VariablesIn(IReadOnlyList<JsonNode?> values) => (JsonObject)values[0]!;
}
