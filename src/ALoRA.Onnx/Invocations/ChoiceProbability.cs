namespace ALoRA.Onnx;

/// <summary>Probability of one of <see cref="InvocationOptions.Choices"/> as the first token of the answer.</summary>
/// <param name="Text">The choice as it was given.</param>
/// <param name="Token">Its id.</param>
/// <param name="Probability">Softmax over the logits of the choices only, so that they sum up to 1.</param>
public sealed record ChoiceProbability(string Text, int Token, double Probability);
