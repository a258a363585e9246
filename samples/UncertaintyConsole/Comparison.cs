using ALoRA.Onnx;

namespace UncertaintyConsole;

/// <summary>What the intrinsic costs as an aLoRA, and as a plain LoRA, which has to read the whole conversation again.</summary>
/// <param name="Alora">The aLoRA's fastest run.</param>
/// <param name="Lora">The plain LoRA's fastest run; null if the model has no such adapter.</param>
internal sealed record Comparison(TokenUsage Alora, TokenUsage? Lora)
{
    // The first run of an adapter also reads its weights from the disk.
    private const int Runs = 3;

    /// <summary>Asks both the same thing in turn.</summary>
    public static async Task<Comparison> MeasureAsync(
        Conversation conversation, string alora, string lora, CancellationToken cancellationToken)
    {
        AdapterRegistry adapters = conversation.Model.Adapters;

        // A plain LoRA reads the same text as the aLoRA, in which the role marker is the invocation.
        InvocationOptions sameText = new() { InstructionTokens = adapters.Get(alora).InvocationTokens };
        bool hasLora = adapters.Names.Contains(lora);
        List<TokenUsage> asAlora = [];
        List<TokenUsage> asLora = [];
        for (int run = 0; run < Runs; run++)
        {
            asAlora.Add((await conversation.InvokeCertaintyAsync(alora, cancellationToken: cancellationToken).ConfigureAwait(false)).Usage);
            if (hasLora)
            {
                asLora.Add((await conversation.InvokeCertaintyAsync(lora, sameText, cancellationToken).ConfigureAwait(false)).Usage);
            }
        }

        return new Comparison(asAlora.MinBy(usage => usage.TimeToFirstToken)!, asLora.MinBy(usage => usage.TimeToFirstToken));
    }
}
