using System.Text.Json.Nodes;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating;
using ALoRA.Onnx.Templating.Rendering;
using ALoRA.Onnx.Templating.Scoping;
using ALoRA.Onnx.Templating.Syntax;

namespace ALoRA.Onnx;

/// <summary>
/// A model's chat template: Jinja, rendered as Transformers renders it (immutable sandbox, <c>trim_blocks</c>, <c>lstrip_blocks</c>, loop
/// controls, the <c>generation</c> tag, <c>tojson</c>, <c>raise_exception</c>, <c>strftime_now</c>).
/// </summary>
/// <remarks>
/// Immutable and thread-safe; parsed once and rendered any number of times. A template can only call the functions of the language: it
/// can't reach files, the network or .NET types, and <see cref="ChatTemplateOptions"/> limits its time, memory and depth.
/// </remarks>
public sealed class ChatTemplate
{
    private readonly TemplateRoot _root;
    private readonly Lazy<ChatTemplate>? _withTools;

    private ChatTemplate(TemplateRoot root, TemplateFolder.Found found)
    {
        _root = root;
        Source = found.Source;
        Text = found.Text;
        SpecialTokens = found.SpecialTokens;
        AdditionalSpecialTokens = found.AdditionalSpecialTokens;
        if (found.WithTools is { } tools)
        {
            _withTools = new Lazy<ChatTemplate>(() => Parse(TemplateFolder.Found.Alone(tools.Text(), tools.Source)));
        }
    }

    /// <summary>Where the template came from: the file's path, or the name given to <see cref="Parse(string, string?)"/>.</summary>
    public string Source { get; }

    /// <summary>The Jinja text as it was read; shows which variables and which format of tool calls the model was trained with.</summary>
    public string Text { get; }

    /// <summary>
    /// Special tokens of <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c> by name (<c>bos_token</c>, <c>eos_token</c>, …),
    /// which Transformers passes to templates as variables. Empty for a template that was not loaded from a folder.
    /// </summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; }

    /// <summary>The variable <c>additional_special_tokens</c>, from the same files. Empty where there are none.</summary>
    public IReadOnlyList<string> AdditionalSpecialTokens { get; }

    /// <summary>Reads the chat template of a checkpoint or model folder, or a template file.</summary>
    /// <param name="path">
    /// A folder with <c>chat_template.jinja</c> or templates in <c>additional_chat_templates</c>, or else with a <c>chat_template</c> in
    /// <c>tokenizer_config.json</c> (a text, or a list of named templates); or the path of a template file.
    /// </param>
    /// <param name="name">
    /// Which of several named templates of a folder to take, such as <c>tool_use</c>. Default null: <c>default</c>, or the only one; where
    /// the variable <c>tools</c> is given and the folder has <c>tool_use</c>, that is rendered instead, as Transformers does.
    /// </param>
    /// <returns>The template with the folder's special tokens.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="FileNotFoundException">
    /// There is no such file or folder, or the folder has no chat template (of this name).
    /// </exception>
    /// <exception cref="ModelFormatException">
    /// <c>tokenizer_config.json</c>, a file of tokens beside it or the template's encoding is malformed.
    /// </exception>
    /// <exception cref="TemplateException">The template is not valid Jinja.</exception>
    public static ChatTemplate Load(string path, string? name = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        TemplateFolder.Found found = TemplateFolder.Find(path, name)
            ?? throw new FileNotFoundException(
                $"{path} has no chat template{(name is null ? "" : $" named '{name}'")}: expected "
                + "chat_template.jinja or a chat_template in "
                + "tokenizer_config.json. Take a checkpoint that is trained for chat, or give a template file.",
                path);
        return Parse(found);
    }

    /// <summary>Reads the chat template of a folder if it has one.</summary>
    /// <param name="folder">A checkpoint or model folder.</param>
    /// <param name="template">The template; null if the folder has none.</param>
    /// <returns>Whether the folder has a chat template.</returns>
    /// <exception cref="ArgumentException"><paramref name="folder"/> is empty.</exception>
    /// <exception cref="FileNotFoundException">There is no such folder.</exception>
    /// <exception cref="ModelFormatException">
    /// <c>tokenizer_config.json</c>, a file of tokens beside it or the template's encoding is malformed.
    /// </exception>
    /// <exception cref="TemplateException">The template is not valid Jinja.</exception>
    public static bool TryLoad(string folder, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ChatTemplate? template) =>
        TryLoad(folder, null, out template);

    /// <summary>Reads one of several named chat templates of a folder if it has it.</summary>
    /// <param name="folder">A checkpoint or model folder.</param>
    /// <param name="name">
    /// Name of the template, such as <c>tool_use</c>; null is <c>default</c>, or the only one, and with tools <c>tool_use</c>.
    /// </param>
    /// <param name="template">The template; null if the folder has no such one.</param>
    /// <inheritdoc cref="TryLoad(string, out ChatTemplate?)"/>
    public static bool TryLoad(string folder, string? name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ChatTemplate? template)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        TemplateFolder.Found? found = TemplateFolder.Find(folder, name);
        template = found is null ? null : Parse(found);
        return template is not null;
    }

    /// <summary>Parses a template's text.</summary>
    /// <param name="text">The Jinja text. Line ends may be LF, CRLF or CR.</param>
    /// <param name="source">A name for messages. Default null: <c>&lt;template&gt;</c>.</param>
    /// <returns>The template, without special tokens.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="TemplateException">
    /// The text is not a valid template; its kind is <see cref="TemplateErrorKind.Syntax"/>.
    /// </exception>
    public static ChatTemplate Parse(string text, string? source = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(TemplateFolder.Found.Alone(text, source ?? "<template>"));
    }

    /// <summary>
    /// Renders the template with the given variables only: <c>bos_token</c>, for example, is undefined unless it is among them. Where
    /// <c>tools</c> is among them and the template was loaded from a folder that has one named <c>tool_use</c>, that one is rendered.
    /// </summary>
    /// <param name="variables">
    /// Each key is a variable: <c>messages</c>, <c>tools</c>, <c>documents</c>, <c>add_generation_prompt</c>, <c>bos_token</c>, …
    /// A JSON null is None.
    /// </param>
    /// <param name="options">Clock and limits. Default null: <see cref="ChatTemplateOptions.Default"/>.</param>
    /// <returns>The prompt's text.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="variables"/> is null.</exception>
    /// <exception cref="TemplateException">
    /// The template raised an error, failed or reached a limit; see <see cref="TemplateException.Kind"/>.
    /// </exception>
    public string Render(JsonObject variables, ChatTemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(variables);
        return Render(variables, static _ => { }, options ?? ChatTemplateOptions.Default);
    }

    /// <summary>
    /// Renders a conversation as Transformers' <c>apply_chat_template</c> does without tools and documents: <c>tools</c> and
    /// <c>documents</c> are None, and the <see cref="SpecialTokens"/> are variables.
    /// </summary>
    /// <param name="messages">The conversation, oldest message first.</param>
    /// <param name="addGenerationPrompt">Whether the prompt ends with the opening of the assistant's turn. Default true.</param>
    /// <param name="extraVariables">
    /// More variables, such as <c>enable_thinking</c>; they override the special tokens. The default is none.
    /// </param>
    /// <param name="options">Clock and limits. Default null: <see cref="ChatTemplateOptions.Default"/>.</param>
    /// <returns>The prompt's text.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="messages"/> is null.</exception>
    /// <exception cref="TemplateException">
    /// The template raised an error, failed or reached a limit; see <see cref="TemplateException.Kind"/>.
    /// </exception>
    public string Render(
        IReadOnlyList<PromptMessage> messages,
        bool addGenerationPrompt = true,
        JsonObject? extraVariables = null,
        ChatTemplateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return RenderWithDefaults(VariablesOf(messages, addGenerationPrompt, extraVariables), options);
    }

    /// <summary>Messages and more variables as one object, which nobody else has.</summary>
    internal static JsonObject VariablesOf(IReadOnlyList<PromptMessage> messages, bool addGenerationPrompt, JsonObject? extraVariables)
    {
        JsonArray list =
            [.. messages.Select(message => (JsonNode)new JsonObject { ["role"] = message.Role, ["content"] = message.Content })];
        JsonObject variables = new() { ["messages"] = list, ["add_generation_prompt"] = addGenerationPrompt };
        foreach ((string name, JsonNode? value) in extraVariables ?? [])
        {
            variables[name] = value?.DeepClone();
        }

        return variables;
    }

    /// <summary>
    /// Renders variables, and what they lack of the others that
    /// <see cref="Render(IReadOnlyList{PromptMessage}, bool, JsonObject?, ChatTemplateOptions?)"/> has.
    /// </summary>
    internal string RenderWithDefaults(JsonObject variables, ChatTemplateOptions? options) =>
        Render(variables, AddDefaults, options ?? ChatTemplateOptions.Default);

    /// <summary>All text that the template itself holds: between its tags, and in quotes within them.</summary>
    internal IEnumerable<string> Literals() => Texts(TokenKind.Data, TokenKind.String);

    /// <summary>What the template may compare a value or a key with: its texts in quotes and its names.</summary>
    internal IEnumerable<string> Words() => Texts(TokenKind.Name, TokenKind.String);

    private IEnumerable<string> Texts(TokenKind one, TokenKind other) => Lexer.Tokenize(Text)
        .Where(token => token.Kind == one || token.Kind == other)
        .Select(token => token.Value as string ?? token.Text)
        .Concat(_withTools?.Value.Texts(one, other) ?? []);

    private string Render(JsonObject variables, Action<DictValue> addMore, ChatTemplateOptions options)
    {
        if (_withTools is not null && variables["tools"] is not null)
        {
            return _withTools.Value.Render(variables, addMore, options);
        }

        Budget budget = new(options.MaxSteps, options.MaxLength);
        RenderState? state = null;
        try
        {
            DictValue values = new JsonReader(budget).Read(variables);
            addMore(values);
            state = new RenderState(_root.Scope, values, options, budget);
            return new StatementRenderer(_root, state).Render();
        }
        catch (TemplateFailure e)
        {
            TemplateErrorKind kind = e.Kind switch
            {
                FailureKind.Raised => TemplateErrorKind.Raised,
                FailureKind.Limit => TemplateErrorKind.Limit,
                _ => TemplateErrorKind.Runtime,
            };
            throw new TemplateException(kind, e.Message, Source, state?.Line ?? 0, e);
        }
    }

    private void AddDefaults(DictValue variables)
    {
        Add("messages", new ListValue([]));
        Add("tools", null);
        Add("documents", null);
        Add("add_generation_prompt", false);
        foreach ((string name, string token) in SpecialTokens)
        {
            Add(name, token);
        }

        if (AdditionalSpecialTokens.Count > 0)
        {
            Add("additional_special_tokens", new ListValue([.. AdditionalSpecialTokens]));
        }

        void Add(string name, object? value)
        {
            if (!variables.TryGet(name, out _))
            {
                variables.Set(name, value);
            }
        }
    }

    private static ChatTemplate Parse(TemplateFolder.Found found)
    {
        try
        {
            StatementParser parser = new(new TokenStream(Lexer.Tokenize(found.Text)));
            return new ChatTemplate(Binder.Bind(parser.ParseTemplate()), found);
        }
        catch (SyntaxFailure e)
        {
            throw new TemplateException(TemplateErrorKind.Syntax, e.Message, found.Source, e.Line, e);
        }
    }
}
