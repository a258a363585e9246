using System.Text;
using ALoRA.Onnx.Extensions.AI.Requests;
using ALoRA.Onnx.Extensions.AI.Tools;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Answers;

/// <summary>Makes generated tokens into the updates of one answer. One thread.</summary>
internal sealed class AnswerWriter(ChatRequest request, TokenUsage prompt, string model, string? conversationId, DateTimeOffset createdAt)
{
    private readonly string _responseId = $"alora-{Guid.NewGuid():N}";
    private readonly ToolCallReader? _reader = request.CreateReader();
    private readonly CallContents _calls = new();
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _reasoning = new();
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
            KeepReasoning();
            return new ChatMessage(ChatRole.Assistant, [.. _contents]) { MessageId = _responseId };
        }
    }

    /// <summary>Takes a token.</summary>
    /// <returns>What can be shown now; null if that is nothing.</returns>
    public ChatResponseUpdate? Take(GeneratedToken token)
    {
        _generated++;
        _reason = token.FinishReason;
        if (_reader is null)
        {
            _text.Append(token.Text);
            return token.Text.Length == 0 ? null : Update([new TextContent(token.Text)]);
        }

        List<AIContent> contents = [];
        Add(_reader.Push(token.Text), contents);
        if (token.FinishReason is not null)
        {
            Add(_reader.Finish(), contents);
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
        update.FinishReason = _reason is FinishReason.MaxNewTokens or FinishReason.ContextFull ? ChatFinishReason.Length
            : _hasCalls ? ChatFinishReason.ToolCalls
            : ChatFinishReason.Stop;
        return update;
    }

    private void Add(IReadOnlyList<AnswerPart> parts, List<AIContent> contents)
    {
        foreach (AnswerPart part in parts)
        {
            switch (part)
            {
                case TextPart text:
                    KeepReasoning();
                    _text.Append(text.Text);
                    contents.Add(new TextContent(text.Text));
                    break;
                case ReasoningPart reasoning:
                    KeepText();
                    _reasoning.Append(reasoning.Text);
                    contents.Add(new TextReasoningContent(reasoning.Text));
                    break;
                case ToolCallPart or UnreadableCallPart when _hasCalls && request.IsSingleCall:
                    break;
                case ToolCallPart call:
                    _hasCalls = true;
                    Keep(_calls.Of(call), contents);
                    break;
                case UnreadableCallPart call:
                    Keep(_calls.Of(call), contents);
                    break;
            }
        }
    }

    private void Keep(AIContent call, List<AIContent> contents)
    {
        KeepText();
        KeepReasoning();
        _contents.Add(call);
        contents.Add(call);
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

    private void KeepReasoning()
    {
        if (_reasoning.Length > 0)
        {
            _contents.Add(new TextReasoningContent(_reasoning.ToString()));
            _reasoning.Clear();
        }
    }
}
