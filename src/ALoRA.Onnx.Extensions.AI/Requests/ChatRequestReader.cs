using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Extensions.AI.Tools;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>Turns messages and options into a request for one model. Thread-safe.</summary>
internal sealed class ChatRequestReader
{
    private const string ToolTemplate = "tool_use";
    private const string AnyObject = """{"type": "object"}""";

    private readonly AloraModel _model;
    private readonly PromptEncoder _prompts;
    private readonly PromptEncoder _toolPrompts;
    private readonly ToolCallFormat _format;
    private readonly SpecialTokenHandling _specialTokens;
    private readonly int? _maxAnswerTokens;
    private readonly PassedOverOptions? _passedOver;
    private readonly ReasoningTemplate _reasoning;
    private readonly ReasoningTemplate _toolReasoning;

    /// <summary>Reads what the model's folder says about messages and tools.</summary>
    /// <exception cref="ModelFormatException">The model has no tokenizer.</exception>
    /// <exception cref="InvalidOperationException">The model has no chat template.</exception>
    public ChatRequestReader(AloraModel model, AloraChatClientOptions options)
    {
        _model = model;
        _prompts = model.PromptEncoder;
        _toolPrompts = ChatTemplate.TryLoad(model.Folder, ToolTemplate, out ChatTemplate? tools)
            ? new PromptEncoder(model.Tokenizer, tools, model.Folder)
            : _prompts;
        _format = options.ToolCallFormat == ToolCallFormat.Auto
            ? ToolCallFormats.Detect(_toolPrompts.Template.Text)
            : options.ToolCallFormat;
        _specialTokens = options.SpecialTokens;
        _maxAnswerTokens = options.MaxAnswerTokens;
        _passedOver = options.Strict
            ? null
            : new PassedOverOptions((options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger(AloraDiagnostics.Name));
        _reasoning = new ReasoningTemplate(_prompts.Template.Text);
        _toolReasoning = _toolPrompts == _prompts ? _reasoning : new ReasoningTemplate(_toolPrompts.Template.Text);
    }

    /// <summary>
    /// Whether schemas are narrowed to what .NET's types hold, see <see cref="DotNetValues"/>; a server's callers have other languages.
    /// </summary>
    public bool NarrowsSchemas { get; init; } = true;

    /// <summary>Most tokens of a prompt; null for the model's own limit.</summary>
    public int? MaxPromptTokens { get; init; }

    /// <summary>The format of tool calls in use; never <see cref="ToolCallFormat.Auto"/>.</summary>
    public ToolCallFormat Format => _format;

    /// <summary>Checks a request and renders its prompt.</summary>
    /// <param name="client">
    /// Who asks, for <see cref="ChatOptions.RawRepresentationFactory"/>; null where that needs none.
    /// </param>
    /// <param name="messages">All messages of the chat, oldest first.</param>
    /// <param name="options">The request's options; null is all defaults.</param>
    /// <param name="addGenerationPrompt">Whether an answer follows.</param>
    /// <param name="cancellationToken">Cancels before each longer piece of work, and while the prompt is encoded.</param>
    /// <exception cref="NotSupportedException">The request asks for something that the model or this client can't do.</exception>
    /// <exception cref="ArgumentException">A value is out of its range, or there is no message.</exception>
    /// <exception cref="TemplateException">The template does not accept the messages.</exception>
    public ChatRequest Read(
        IChatClient? client, IReadOnlyList<ChatMessage> messages, ChatOptions? options, bool addGenerationPrompt,
        CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
        {
            throw new ArgumentException("There is no message. Give at least one.", nameof(messages));
        }

        options ??= new ChatOptions();
        UnsupportedOptions.Check(options, _model.Manifest.Name, _passedOver);
        AdditionalOptions additional = AdditionalOptions.Read(options.AdditionalProperties, _passedOver);
        AIFunctionDeclaration[] tools = ToolsOf(options);
        RequiredCall? required = addGenerationPrompt && options.ToolMode is RequiredChatToolMode mode
            ? RequiredCall.Create(
                _format,
                name => _toolPrompts.Template.Text.Contains(ToolCallMarks.MistralArguments, StringComparison.Ordinal)
                    && RequiredCall.IsPlain(name, _model.Tokenizer),
                tools, mode, options.AllowMultipleToolCalls == false)
            : null;
        string opening = required?.Opening ?? "";
        ToolCallFormat format = tools.Length > 0 ? _format : ToolCallFormat.None;
        ReasoningTemplate reasoning = tools.Length > 0 ? _toolReasoning : _reasoning;
        IReadOnlyList<ReasoningMarks> marks = options.ResponseFormat is ChatResponseFormatJson ? []
            : tools.Length > 0 ? reasoning.MarksBesideCalls
            : reasoning.Marks;
        EncodedPrompt prompt = Encode(messages, options, additional, tools, addGenerationPrompt, opening, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        GenerationOptions generation = GenerationSettings.Read(client!, options, additional, _maxAnswerTokens);
        return new ChatRequest
        {
            Prompt = prompt,
            Generation = generation with
            {
                Constraint = ConstraintOf(options, required, cancellationToken) ?? generation.Constraint,
                VisibleSpecialTokens = SpecialTokensOf(
                    [.. ToolCallMarks.Of(format), .. marks.SelectMany(both => new[] { both.Start, both.End })]),
            },
            Adapter = additional.Adapter,
            CacheScope = additional.CacheScope,
            Format = format,
            Reasoning = marks,
            StartsIn = marks.Count > 0 && required is null ? reasoning.OpenAtEnd(EndOf(prompt)) : null,
            Tools = tools,
            Opening = opening,
            IsSingleCall = options.AllowMultipleToolCalls == false,
        };
    }

    private int[] SpecialTokensOf(IEnumerable<string> marks) =>
        [.. marks.Select(_model.Tokenizer.IdOf).OfType<int>().Where(_model.Tokenizer.IsSpecial)];

    // Long enough for every mark, also where each of its characters is a token.
    private string EndOf(EncodedPrompt prompt) => _model.Tokenizer.Decode(prompt.Ids.Span[Math.Max(0, prompt.Ids.Length - 32)..]);

    private TokenConstraint? ConstraintOf(ChatOptions options, RequiredCall? required, CancellationToken cancellationToken)
    {
        string? schema = (options.ResponseFormat, required) switch
        {
            (_, not null) => Narrowed(required.Schema.ToJsonString()),
            (ChatResponseFormatJson { Schema: JsonElement given }, _) => Narrowed(given.GetRawText()),
            (ChatResponseFormatJson, _) => AnyObject,
            _ => null,
        };
        return schema is null ? null : _model.JsonConstraint(schema, cancellationToken);
    }

    private string Narrowed(string schema) => NarrowsSchemas ? DotNetValues.Narrow(schema) : schema;

    private AIFunctionDeclaration[] ToolsOf(ChatOptions options)
    {
        if (options.Tools is not { Count: > 0 } || options.ToolMode is NoneChatToolMode)
        {
            return [];
        }

        AIFunctionDeclaration[] tools = ToolDeclarations.FunctionsOf(options.Tools);
        return _format == ToolCallFormat.None
            ? throw new NotSupportedException(
                $"The request brings {tools.Length} tool(s), but the chat template {_toolPrompts.Template.Source} shows no format of "
                + "tool calls that is known. "
                + "Take a model that was trained with tools, name its format in "
                + $"{nameof(AloraChatClientOptions)}.{nameof(AloraChatClientOptions.ToolCallFormat)}, or send the request without tools.")
            : tools;
    }

    private EncodedPrompt Encode(
        IReadOnlyList<ChatMessage> messages,
        ChatOptions options,
        AdditionalOptions additional,
        AIFunctionDeclaration[] tools,
        bool addGenerationPrompt,
        string opening,
        CancellationToken cancellationToken)
    {
        PromptEncoder prompts = tools.Length > 0 ? _toolPrompts : _prompts;
        bool writesCalls = prompts.Template.Text.Contains("tool_calls", StringComparison.Ordinal);
        JsonObject variables = additional.TemplateVariables ?? [];
        variables.TryAdd("add_generation_prompt", addGenerationPrompt);
        TemplateMessages chat = new(_format, writesCalls, tools.Length > 0 ? _toolReasoning : _reasoning);
        variables["messages"] = chat.Write(messages, options.Instructions);
        if (tools.Length > 0)
        {
            variables["tools"] = ToolDeclarations.Write(tools);
        }

        if (additional.Documents is not null)
        {
            variables["documents"] = additional.Documents;
        }

        PromptEncodingOptions encoding = new()
        {
            SpecialTokens = _specialTokens,
            Opening = opening,
            Invocation = additional.Adapter is string adapter ? _model.Adapters.Get(adapter).InvocationTokens : [],
            Trusted = chat.Trusted,
            MaxTokens = MaxPromptTokens ?? _model.MaxLength,
        };
        return prompts.EncodePrompt(variables, encoding, cancellationToken);
    }
}
