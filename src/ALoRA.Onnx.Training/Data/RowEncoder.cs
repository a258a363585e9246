using System.Text.Json.Nodes;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Intrinsics.Running;

namespace ALoRA.Onnx.Training.Data;

/// <summary>
/// Makes ids of a row on the runtime's own way, so that what is trained is what the adapter reads later, and checks all that would train
/// something else. Immutable, thread-safe.
/// </summary>
/// <param name="model">The model, of which tokenizer, template and stop tokens are used.</param>
/// <param name="form">How a request becomes the adapter's prompt.</param>
/// <param name="options">Longest rows, and what becomes of longer ones.</param>
internal sealed class RowEncoder(LoadedModel model, PromptForm form, TrainingOptions options)
{
    private const int Shown = 24;

    private readonly int[] _invocation = form.Kind == AdapterKind.Alora ? [.. form.InvocationTokens] : [];
    private readonly int[] _appended = form.Kind == AdapterKind.Lora
        ? form.AppendedText is { } text ? model.Tokenizer.Encode(text) : []
        : form.Placement == InvocationPlacement.Appended ? [.. form.InvocationTokens] : [];

    private readonly int? _end = EndOfTurn.Find(model);
    private readonly int _longest = Math.Min(options.MaxLength ?? int.MaxValue, model.Session.CacheLayout.MaxLength);
    private readonly TokenBorder _border = new(model.Tokenizer);

    /// <summary>Encodes a row.</summary>
    /// <returns>The example; null if it is too long and is to be left out.</returns>
    /// <exception cref="FormatException">The row cannot be trained on; the message is the fault.</exception>
    public TrainingExample? Encode(DataRow row, string file, int line, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(row.Completion))
        {
            throw new FormatException("the completion is empty; expected what the adapter is to answer.");
        }

        EncodedPrompt prompt = PromptOf(row, cancellationToken);
        int[] ids = [.. prompt.Ids.Span, .. _appended];
        if (ids.Length == 0)
        {
            throw new FormatException("the prompt is empty; expected at least one token.");
        }

        int[] completion = CompletionOf(row.Completion);
        int start = StartOf(prompt);
        CheckBorders(prompt.Ids.Span, ids, completion);
        int[] all = [.. ids, .. completion];
        if (_invocation.Length > 0 && all.AsSpan().LastIndexOf(_invocation) > start)
        {
            throw new FormatException(
                $"the last occurrence of the invocation {Describe(_invocation)} reaches into the completion, where the adapter would "
                + "begin to act. Take it out of the completion.");
        }

        TrainingExample example = new()
        {
            File = file,
            Line = line,
            Ids = all,
            ActivationStart = start,
            CompletionStart = ids.Length,
            Completion = row.Completion,
            Correct = row.Correct,
        };
        return all.Length <= _longest ? example : Shorten(example, all.Length - _longest);
    }

    private EncodedPrompt PromptOf(DataRow row, CancellationToken cancellationToken)
    {
        if (row.Text is { } text)
        {
            return EncodedPrompt.FromTrusted(model.Tokenizer.Encode(text));
        }

        JsonObject rewritten = form.Rewrite(row.Request!, row.Arguments);
        return form.Encode(
            model.PromptEncoder, row.Request!, row.Arguments, rewritten, SpecialTokenHandling.AsText, maxLength: null, cancellationToken);
    }

    private int[] CompletionOf(string text)
    {
        int[] ids = model.Tokenizer.Encode(text);
        return _end is int end && (ids.Length == 0 || ids[^1] != end) ? [.. ids, end] : ids;
    }

    private int StartOf(EncodedPrompt prompt)
    {
        if (form.Kind == AdapterKind.Lora)
        {
            return 0;
        }

        if (form.Placement == InvocationPlacement.Appended)
        {
            return prompt.Ids.Length;
        }

        int start = prompt.LastIndexOf(_invocation);
        return start >= 0 ? start : throw Missing(prompt.Ids.Span);
    }

    private FormatException Missing(ReadOnlySpan<int> prompt)
    {
        string text = model.Tokenizer.Decode(_invocation);
        string whole = model.Tokenizer.Decode(prompt);
        if (whole.Contains(text, StringComparison.Ordinal))
        {
            return new FormatException(
                $"the prompt has the text of the invocation {Describe(_invocation)}, but it merges with its neighbours to other tokens, or "
                + $"comes from a value; the prompt ends with {Describe(prompt[^Math.Min(prompt.Length, Shown)..])}. Put a special token or "
                + "a line break around it, or have it appended.");
        }

        for (int length = _invocation.Length - 1; length > 0; length--)
        {
            if (prompt.EndsWith(_invocation.AsSpan(0, length)))
            {
                return new FormatException(
                    $"the invocation {Describe(_invocation)} is cut: the prompt ends with {Describe(_invocation.AsSpan(0, length))} of it. "
                    + "Give it whole, or leave it out and have it appended.");
            }
        }

        return new FormatException(
            $"the invocation {Describe(_invocation)} is not in the prompt, which ends with "
            + $"{Describe(prompt[^Math.Min(prompt.Length, Shown)..])}. Put it there, or have it appended.");
    }

    // A text that was encoded whole elsewhere would have other ids at these places than the adapter is trained on.
    private void CheckBorders(ReadOnlySpan<int> prompt, ReadOnlySpan<int> ids, ReadOnlySpan<int> completion)
    {
        if (_appended.Length > 0)
        {
            _border.Check(prompt, _appended, "the prompt", "the invocation");
        }

        _border.Check(ids, completion, _appended.Length > 0 ? "the invocation" : "the prompt", "the completion");
    }

    private TrainingExample? Shorten(TrainingExample example, int surplus)
    {
        switch (options.LongRows)
        {
            case LongRowHandling.LeaveOut:
                return null;
            case LongRowHandling.CutLeft:
                int kept = form.Kind == AdapterKind.Alora ? example.ActivationStart : example.CompletionStart;
                return surplus < kept
                    ? example with
                    {
                        Ids = example.Ids[surplus..],
                        ActivationStart = Math.Max(0, example.ActivationStart - surplus),
                        CompletionStart = example.CompletionStart - surplus,
                        CutTokens = surplus,
                    }
                    : throw new FormatException(
                        $"it has {example.Ids.Length:N0} tokens, and only {kept:N0} of them may be cut for the "
                        + $"{_longest:N0} that a row may "
                        + "have; the invocation and the completion are never cut. Shorten it.");
            default:
                throw new FormatException(
                    $"it has {example.Ids.Length:N0} tokens, a row may have {_longest:N0}. Shorten it, or have long rows cut or left out.");
        }
    }

    private string Describe(ReadOnlySpan<int> ids) => TokenText.Describe(model.Tokenizer, ids);
}
