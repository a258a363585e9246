namespace ALoRA.Onnx.Peers;

/// <summary>A runtime with a model in it. One thread at a time.</summary>
internal interface IPeer : IDisposable
{
    /// <summary>What the table calls it.</summary>
    string Name { get; }

    /// <summary>Tokens a second of a prompt of which nothing is known, until its last row's logits are there.</summary>
    double Prefill(int[] prompt);

    /// <summary>Tokens a second of one answer, without the prompt and the first token.</summary>
    double Decode(int[] prompt, int tokens);

    /// <summary>All requests together.</summary>
    /// <param name="requests">Their prompts begin with the same tokens.</param>
    /// <param name="tokens">Tokens of each answer.</param>
    /// <param name="known">Whether what they have in common may have been computed before; it is, if it was computed once.</param>
    BatchRate Batch(IReadOnlyList<PeerRequest> requests, int tokens, bool known);
}
