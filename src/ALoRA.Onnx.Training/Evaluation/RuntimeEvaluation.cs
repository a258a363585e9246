using System.Diagnostics;
using ALoRA.Onnx.Intrinsics.Running;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Training.Evaluation;

/// <summary>
/// Asks rows through the runtime, as whoever uses the adapter will: greedily, with the base's cache before the invocation.
/// </summary>
internal sealed class RuntimeEvaluation
{
    private const int MoreTokens = 8;

    private readonly AloraModel _model;
    private readonly PromptForm _form;
    private readonly IReadOnlyList<TrainingExample> _rows;
    private readonly bool _hasDigits;
    private readonly int _longest;

    /// <summary>An evaluation.</summary>
    /// <param name="model">The base.</param>
    /// <param name="form">How the adapter is asked.</param>
    /// <param name="rows">What it is asked, at least one row.</param>
    public RuntimeEvaluation(AloraModel model, PromptForm form, IReadOnlyList<TrainingExample> rows)
    {
        _model = model;
        _form = form;
        _rows = rows;
        _hasDigits = rows.All(row => Certainty.Digits.Contains(row.Completion.Trim()))
            && Certainty.Digits.All(digit => model.Tokenizer.Encode(digit).Length == 1);
        _longest = rows.Max(row => row.Ids.Length - row.CompletionStart) + MoreTokens;
    }

    /// <summary>Asks an adapter; an activated LoRA on the cache that the base has of the conversation, as where it is used.</summary>
    public async Task<TrainingMeasures> AskAdapterAsync(string adapter, CancellationToken cancellationToken)
    {
        List<Answer> answers = [];
        using Conversation conversation = _model.CreateConversation();
        foreach (TrainingExample row in _rows)
        {
            // The runtime appends an activated LoRA's invocation by itself where it does not stand in the prompt.
            bool isAppended = _form.Kind == AdapterKind.Alora && _form.Placement == InvocationPlacement.Appended;
            InvocationOptions options = new()
            {
                Placement = _form.Placement,
                ActivationPosition = isAppended || _form.Kind == AdapterKind.Lora ? null : row.ActivationStart,
                Choices = _hasDigits ? Certainty.Digits : [],
                Generation = new GenerationOptions { MaxNewTokens = MaxNewTokens(row) },
            };
            if (_form.Kind == AdapterKind.Alora && row.ActivationStart > 0)
            {
                await conversation.PromptAsync(
                    EncodedPrompt.FromTrusted(row.Ids.Span[..row.ActivationStart]), cancellationToken: cancellationToken)
                    .ConfigureAwait(false);
            }

            IntrinsicResult result = await conversation.InvokePromptAsync(
                adapter, row.Ids[..(isAppended ? row.ActivationStart : row.CompletionStart)], options, cancellationToken)
                .ConfigureAwait(false);
            answers.Add(new Answer(
                row, result.Text, _hasDigits ? Certainty.From(result).Value : null, result.Usage.TimeToFirstToken.TotalMilliseconds));
        }

        return Measure(answers);
    }

    /// <summary>Asks the base, which reads the same prompt and goes on as it likes.</summary>
    public async Task<TrainingMeasures> AskBaseAsync(CancellationToken cancellationToken)
    {
        List<Answer> answers = [];
        using Conversation conversation = _model.CreateConversation();
        foreach (TrainingExample row in _rows)
        {
            long started = Stopwatch.GetTimestamp();
            await conversation.PromptAsync(
                EncodedPrompt.FromTrusted(row.Ids.Span[..row.CompletionStart]), cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            double asked = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            GenerationResult result = await conversation.GenerateToEndAsync(
                new GenerationOptions { Temperature = 0, MaxNewTokens = MaxNewTokens(row) }, cancellationToken).ConfigureAwait(false);
            answers.Add(new Answer(row, result.Text, null, asked + result.Usage.TimeToFirstToken.TotalMilliseconds));
        }

        return Measure(answers);
    }

    private int MaxNewTokens(TrainingExample row) => Math.Max(1, Math.Min(_longest, _model.MaxLength - row.CompletionStart));

    private TrainingMeasures Measure(List<Answer> answers)
    {
        CalibrationMetrics? certainties = answers.All(answer => answer.Certainty is not null && answer.Row.Correct is not null)
            ? CalibrationMetrics.Of([.. answers.Select(answer => new CertaintySample(answer.Row.Correct!.Value, answer.Certainty!.Value))])
            : null;
        return new TrainingMeasures
        {
            Rows = answers.Count,
            Accuracy = answers.Average(answer => answer.Text.Trim() == answer.Row.Completion.Trim() ? 1.0 : 0),
            MeanAbsoluteError = _hasDigits && answers.All(answer => Digit(answer.Text) is not null)
                ? answers.Average(answer => (double)Math.Abs(Digit(answer.Text)!.Value - Digit(answer.Row.Completion)!.Value))
                : null,
            CalibrationError = certainties?.CalibrationError,
            AreaUnderCurve = certainties?.AreaUnderCurve,
            Brier = certainties?.Brier,
            FirstTokenMilliseconds = answers.Average(answer => answer.Milliseconds),
        };
    }

    private static int? Digit(string text) => text.Trim() is [>= '0' and <= '9' and var digit] ? digit - '0' : null;

    private sealed record Answer(TrainingExample Row, string Text, double? Certainty, double Milliseconds);
}
