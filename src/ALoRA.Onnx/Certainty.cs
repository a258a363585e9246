using ALoRA.Onnx.Intrinsics.Typed;

namespace ALoRA.Onnx;

/// <summary>How certain an answer is, from an adapter that answers with one digit d, which stands for 5 + 10·d percent.</summary>
public sealed record Certainty
{
    private const string AllDigits = "0123456789";

    /// <summary>The ten answers, for <see cref="InvocationOptions.Choices"/>.</summary>
    public static IReadOnlyList<string> Digits { get; } = [.. AllDigits.Select(digit => digit.ToString())];

    /// <summary>The expected value Σ p(d)·(0.1·d + 0.05), from 0.05 to 0.95.</summary>
    public required double Value { get; init; }

    /// <summary>The most likely digit.</summary>
    public required int Digit { get; init; }

    /// <summary>
    /// p(d) for the digits 0 to 9, a softmax over these ten only. Empty if an <c>io.yaml</c> gives only the expected value.
    /// </summary>
    public required IReadOnlyList<double> Probabilities { get; init; }

    /// <summary>Token counts and times of the invocation.</summary>
    public required TokenUsage Usage { get; init; }

    /// <summary>Reads the result of the intrinsic <c>uncertainty</c>: a number <c>certainty</c>.</summary>
    /// <exception cref="IntrinsicFormatException">The result has another form.</exception>
    public static Certainty From(IntrinsicAnswer answer)
    {
        AnswerFields fields = new(answer);
        double value = fields.Number("certainty") ?? throw fields.Wrong("a number certainty");
        return new Certainty { Value = value, Digit = Math.Clamp((int)(value * 10), 0, 9), Probabilities = [], Usage = answer.Run.Usage };
    }

    /// <summary>Reads a certainty from the probabilities of the ten digits.</summary>
    /// <param name="result">A result whose <see cref="IntrinsicResult.Choices"/> are exactly <see cref="Digits"/>, in that order.</param>
    /// <exception cref="ArgumentException">The result has other choices.</exception>
    public static Certainty From(IntrinsicResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (!result.Choices.Select(choice => choice.Text).SequenceEqual(Digits, StringComparer.Ordinal))
        {
            throw new ArgumentException(
                "A certainty needs the probabilities of the digits 0 to 9, but the result has "
                + $"{(result.Choices.Count == 0 ? "none" : string.Join(", ", result.Choices.Select(choice => choice.Text)))}. Set "
                + $"{nameof(InvocationOptions)}.{nameof(InvocationOptions.Choices)} to {nameof(Certainty)}.{nameof(Digits)}.",
                nameof(result));
        }

        double[] probabilities = [.. result.Choices.Select(choice => choice.Probability)];
        return new Certainty
        {
            Value = probabilities.Select((probability, digit) => probability * ((0.1 * digit) + 0.05)).Sum(),
            Digit = Array.IndexOf(probabilities, probabilities.Max()),
            Probabilities = probabilities,
            Usage = result.Usage,
        };
    }
}
