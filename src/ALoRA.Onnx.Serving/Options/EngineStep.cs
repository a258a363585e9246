namespace ALoRA.Onnx.Serving;

/// <summary>What one step of an <see cref="AloraEngine"/> computed.</summary>
/// <param name="Number">Its number, counted from 1.</param>
/// <param name="Rows">
/// Tokens that were computed together, rows of the batch: the newest one of each answer, and the last one of a prompt that was found.
/// </param>
/// <param name="PromptTokens">Tokens of a prompt that were computed beside them.</param>
/// <param name="CachedTokens">Tokens of prompts whose rows were found for requests that got their place in it.</param>
/// <param name="Time">How long it took.</param>
public readonly record struct EngineStep(long Number, int Rows, int PromptTokens, int CachedTokens, TimeSpan Time);
