namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>A question, and what is known of its answer.</summary>
/// <param name="Line">Its line in the file, from 1.</param>
/// <param name="Messages">The conversation up to the question.</param>
/// <param name="Answer">The answer to judge; null if the model is to give it.</param>
/// <param name="IsRight">Whether the answer is right; null if it is to be compared with <paramref name="Gold"/>.</param>
/// <param name="Gold">The right answers.</param>
internal sealed record EvaluationRow(
    int Line, IReadOnlyList<PromptMessage> Messages, string? Answer, bool? IsRight, IReadOnlyList<GoldAnswer> Gold);

/// <summary>A right answer.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="IsNumber">Whether it was written as a number, of which 7 and 7.0 are the same.</param>
internal readonly record struct GoldAnswer(string Text, bool IsNumber);

/// <summary>What was said about a row.</summary>
/// <param name="Line">Its line in the file, from 1.</param>
/// <param name="Answer">The answer that was judged.</param>
/// <param name="IsRight">Whether it is right.</param>
/// <param name="Certainties">What each adapter said.</param>
internal sealed record JudgedRow(int Line, string Answer, bool IsRight, IReadOnlyList<Certainty> Certainties);
