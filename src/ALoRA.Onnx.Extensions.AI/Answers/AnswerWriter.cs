using System.Text;
using ALoRA.Onnx.Extensions.AI.Requests;
using ALoRA.Onnx.Extensions.AI.Tools;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Answers;

/// <summary>Makes generated tokens into the updates of one answer. One thread.</summary>
internal sealed class AnswerWriter(ChatRequest request, TokenUsage prompt, string model, string? conversationId, DateTimeOffset createdAt)
{
    private readonly string _responseId = $"alora-{Guid.NewGuid():N}";
    private readonly ToolCallParser? _parser = request.CreateParser();
    private readonly StringBuilder _text = new();
    private readonly List<AIContent> _contents = [];
    private int _generated;
    private FinishReason? _reason;
    private bool _hasCalls;

    /// <summary>Whether nothing more is wanted, although the model would go on.</summary>
    public bool IsEnough => _reason is null && _hasCalls && request.IsSingleCall;

    /// <summary>The whole answer, once it is complete.</summary>
    public ChatMessage Message
    {
        get
        {
            KeepText();
            return new ChatMessage(ChatRole.Assistant, [.. _contents]) { MessageId = _responseId };
        }
    }

    /// <summary>Takes a token.</summary>
    /// <returns>What can be shown now; null if that is nothing.</returns>
    public ChatResponseUpdate? Take(GeneratedToken token)
    {
        _generated++;
        _reason = token.FinishReason;
        string text = _parser is null ? token.Text : _parser.Push(token.Text);
        if (token.FinishReason is not null && _parser is not null)
        {
            text += _parser.Finish();
        }

        List<AIContent> contents = text.Length == 0 ? [] : [new TextContent(text)];
        _text.Append(text);
        foreach (FunctionCallContent call in _parser?.TakeCalls() ?? [])
        {
            if (_hasCalls && request.IsSingleCall)
            {
                break;
            }

            _hasCalls |= !call.InformationalOnly;
            KeepText();
            _contents.Add(call);
            contents.Add(call);
        }

        return contents.Count == 0 ? null : Update(contents);
    }

    /// <summary>The last update: why the answer ended and what it took.</summary>
    public ChatResponseUpdate End()
    {
        ChatResponseUpdate update = Update([new UsageContent(new UsageDetails
        {
            InputTokenCount = prompt.ReusedTokens + prompt.ComputedTokens,
            CachedInputTokenCount = prompt.ReusedTokens,
            OutputTokenCount = _generated,
            TotalTokenCount = prompt.ReusedTokens + prompt.ComputedTokens + _generated,
        })]);
        update.FinishReason = _hasCalls ? ChatFinishReason.ToolCalls
            : _reason is FinishReason.MaxNewTokens or FinishReason.ContextFull ? ChatFinishReason.Length
            : ChatFinishReason.Stop;
        return update;
    }

    private ChatResponseUpdate Update(IList<AIContent> contents) => new(ChatRole.Assistant, contents)
    {
        ResponseId = _responseId,
        MessageId = _responseId,
        ConversationId = conversationId,
        ModelId = model,
        CreatedAt = createdAt,
    };

    private void KeepText()
    {
        if (_text.Length > 0)
        {
            _contents.Add(new TextContent(_text.ToString()));
            _text.Clear();
        }
    }
}
