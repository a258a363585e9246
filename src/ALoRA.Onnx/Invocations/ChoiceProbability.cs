namespace ALoRA.Onnx;

/// <summary>How likely one of the asked-for answers is as the first token.</summary>
/// <param name="Text">The answer, as it was asked for.</param>
/// <param name="Token">Its id.</param>
/// <param name="Probability">Softmax over the logits of the asked-for answers only: all together have 1.</param>
public sealed record ChoiceProbability(string Text, int Token, double Probability);
