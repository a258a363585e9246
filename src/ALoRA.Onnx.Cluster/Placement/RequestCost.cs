using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Cluster.Placement;

/// <summary>How much a request is going to give an engine to do, as far as that is known before.</summary>
internal static class RequestCost
{
    // Of an answer whose length nobody knows. An answer rarely is as long as it may be.
    private const int UsualAnswer = 256;

    // A row of a prompt costs a fraction of one of an answer: chunks of a prompt share the reading of the weights.
    private const int PromptTokensPerUnit = 8;

    /// <summary>Units, of which one is about a token of an answer.</summary>
    public static long Of(EngineRequest request) =>
        1 + (request.Prompt.Ids.Length / PromptTokensPerUnit)
        + Math.Min(request.Generation?.MaxNewTokens ?? UsualAnswer, UsualAnswer);
}
