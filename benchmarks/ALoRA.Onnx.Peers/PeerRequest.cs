namespace ALoRA.Onnx.Peers;

/// <summary>One request of a batch.</summary>
/// <param name="Prefix">Tokens that all have in common.</param>
/// <param name="Own">Tokens behind them, with the adapter's invocation at the end.</param>
/// <param name="Invocation">How many of them are the invocation.</param>
/// <param name="Adapter">The adapter; null for the base.</param>
internal sealed record PeerRequest(int[] Prefix, int[] Own, int Invocation, string? Adapter);
