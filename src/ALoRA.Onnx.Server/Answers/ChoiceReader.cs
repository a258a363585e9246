using System.Text;
using ALoRA.Onnx.Extensions.AI.Tools;
using ALoRA.Onnx.Server.Requests;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>Tells the tokens of one choice apart into text, thoughts and calls. One thread.</summary>
internal sealed class ChoiceReader
{
    private readonly AnswerPlan _plan;
    private readonly ToolCallReader? _reader;
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly StringBuilder? _whole;
    private readonly List<int> _tokens = [];
    private readonly List<TokenLogprobs> _logprobs = [];
    private FinishReason? _reason;
    private int _calls;
    private int _generated;
    private int _unshown;

    public ChoiceReader(AnswerPlan plan)
    {
        _plan = plan;
        _reader = plan.Chat?.CreateReader();
        _whole = plan.Intrinsic is null ? null : new StringBuilder();
    }

    /// <summary>Whether nothing more is wanted, although the model would go on.</summary>
    public bool IsEnough => _reason is null && _calls > 0 && _plan.Chat!.IsSingleCall;

    /// <summary>The intrinsic's answer, once it is complete; null where there is none.</summary>
    public IntrinsicAnswer? Result { get; private set; }

    /// <summary>Tokens so far.</summary>
    public int Generated => _generated;

    /// <summary>Of them, those that were thoughts, with the mark before them.</summary>
    public int Reasoning { get; private set; }

    /// <summary>Why it ended, for metrics.</summary>
    public FinishReason? Reason => _reason;

    /// <summary>Why it ended, in OpenAI's words.</summary>
    public string FinishWord => _reason is FinishReason.MaxNewTokens or FinishReason.ContextFull ? "length"
        : _calls > 0 ? "tool_calls"
        : "stop";

    /// <summary>Takes a token; what can be shown now is put into the delta.</summary>
    /// <param name="token">The token.</param>
    /// <param name="delta">What it adds; cleared before.</param>
    public void Take(GeneratedToken token, ChoiceDelta delta)
    {
        delta.Clear();
        _generated++;
        _reason = token.FinishReason;

        // The token that ends the answer is none of it.
        if (_plan.TopLogprobs is not null && token.Logprobs is not null && _reason != FinishReason.StopToken)
        {
            delta.Logprobs.Add(token.Logprobs);
        }

        if (_whole is not null)
        {
            // What it becomes is known when all of it is there.
            _whole.Append(token.Text);
            _tokens.Add(token.Id);
            if (token.Logprobs is not null)
            {
                _logprobs.Add(token.Logprobs);
            }
        }
        else if (_reader is null)
        {
            delta.Text = token.Text;
        }
        else
        {
            Add(_reader.Push(token.Text), delta);
            if (_reason is not null)
            {
                Add(_reader.Finish(), delta);
            }

            CountReasoning(delta);
        }
    }

    /// <summary>The intrinsic's result as text, once all tokens were taken; null where the answer was given as it came.</summary>
    /// <param name="usage">What it took.</param>
    /// <exception cref="IntrinsicFormatException">The answer does not fit the definition's rules.</exception>
    public string? Complete(TokenUsage usage)
    {
        if (_plan.Intrinsic is null)
        {
            return null;
        }

        GenerationResult result = new()
        {
            Text = _whole!.ToString(),
            Tokens = _tokens,
            Logprobs = _logprobs,
            FinishReason = _reason ?? FinishReason.StopToken,
            Usage = usage,
        };
        Result = _plan.Intrinsic.Complete(result, usage);
        return (string)Result.Response["choices"]![0]!["message"]!["content"]!;
    }

    // A token that shows nothing, such as a mark or a part of a character, belongs to what is shown next.
    private void CountReasoning(ChoiceDelta delta)
    {
        _unshown++;
        bool isAnswer = delta.Text.Length > 0 || delta.Calls.Count > 0;
        if (isAnswer || delta.Reasoning.Length > 0)
        {
            Reasoning += isAnswer ? 0 : _unshown;
            _unshown = 0;
        }
    }

    private void Add(IReadOnlyList<AnswerPart> parts, ChoiceDelta delta)
    {
        foreach (AnswerPart part in parts)
        {
            switch (part)
            {
                case TextPart text:
                    delta.Text += text.Text;
                    break;
                case ReasoningPart reasoning:
                    delta.Reasoning += reasoning.Text;
                    break;
                case ToolCallPart or UnreadableCallPart when _calls > 0 && _plan.Chat!.IsSingleCall:
                    break;
                case ToolCallPart call:
                    delta.Calls.Add(new AnsweredCall(_calls++, IdOf(call.Id), call.Name, call.Arguments.GetRawText()));
                    break;
                case UnreadableCallPart call:
                    // Nobody may carry it out, and whoever reads the answer should see what the model wrote.
                    delta.Text += call.Raw;
                    break;
            }
        }
    }

    private string IdOf(string? given)
    {
        string id = given ?? ToolCallId.Create();
        while (!_ids.Add(id))
        {
            id = ToolCallId.Create();
        }

        return id;
    }
}
