using ALoRA.Onnx.ToolCalls;

namespace ALoRA.Onnx;

/// <summary>Takes an answer piece by piece and tells text, reasoning and tool calls apart.</summary>
/// <remarks>
/// <para>
/// What is read does not depend on how the answer is cut into pieces. Text that may still turn out to be a call is held back, and so is
/// white space; nothing else is. All of this takes time that grows linearly with the answer.
/// </para>
/// <para>
/// A mark is a call's only if what follows it begins like a call, else it is text, and so is a mark inside a text of a call's JSON. Behind
/// a mark there may be several calls, and the closing mark may be missing. Within reasoning there are no calls. Reasoning begins where the
/// answer, a line, or what follows a call or other reasoning begins with its mark; elsewhere a pair of marks is reasoning only if there is
/// a call between them, so that this call is not carried out. A call that cannot be read is reported, and so is one without a name.
/// White space beside calls and reasoning is dropped.
/// </para>
/// <para>For one answer, and one thread at a time.</para>
/// </remarks>
public sealed class ToolCallReader
{
    /// <summary>
    /// How many characters a call may have, and reasoning that begins behind text; what is longer is an unreadable call, or text.
    /// </summary>
    public const int MaxCallLength = 4 << 20;

    private readonly AnswerMachine _machine;
    private bool _isFinished;

    /// <summary>Creates a reader for one answer.</summary>
    /// <param name="format">How the model writes calls; with <see cref="ToolCallFormat.None"/> there are only text and reasoning.</param>
    /// <param name="options">What else is known about the answer. The default, null, is all defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="format"/> is <see cref="ToolCallFormat.Auto"/>, for which a template must be looked at, or no format.
    /// </exception>
    /// <exception cref="ArgumentException">A mark of reasoning is empty or begins with white space.</exception>
    public ToolCallReader(ToolCallFormat format, ToolCallReaderOptions? options = null)
    {
        if (format == ToolCallFormat.Auto || !Enum.IsDefined(format))
        {
            throw new ArgumentOutOfRangeException(nameof(format), format, "Name the format of the calls: one answer does not show it.");
        }

        options ??= new ToolCallReaderOptions();
        foreach (ReasoningMarks marks in options.StartsIn is null ? options.Reasoning : [.. options.Reasoning, options.StartsIn])
        {
            if (string.IsNullOrEmpty(marks.Start) || string.IsNullOrEmpty(marks.End) || char.IsWhiteSpace(marks.Start[0]))
            {
                throw new ArgumentException(
                    $"Marks of reasoning must not be empty or begin with white space, got '{marks.Start}' and '{marks.End}'.",
                    nameof(options));
            }
        }

        _machine = new AnswerMachine(format, options);
    }

    /// <summary>Takes a piece of the answer; it may end anywhere, also between the halves of a surrogate pair.</summary>
    /// <param name="piece">The piece.</param>
    /// <returns>What is certain now and was not before, in the answer's order; often nothing.</returns>
    /// <exception cref="InvalidOperationException">The answer was ended.</exception>
    public IReadOnlyList<AnswerPart> Push(ReadOnlySpan<char> piece)
    {
        CheckOpen();
        return _machine.Push(piece);
    }

    /// <summary>Ends the answer; a call that is incomplete is one that cannot be read.</summary>
    /// <returns>The rest of the parts.</returns>
    /// <exception cref="InvalidOperationException">The answer was ended before.</exception>
    public IReadOnlyList<AnswerPart> Finish()
    {
        CheckOpen();
        _isFinished = true;
        return _machine.Finish();
    }

    private void CheckOpen()
    {
        if (_isFinished)
        {
            throw new InvalidOperationException("The answer was ended. Create a reader for each answer.");
        }
    }
}
