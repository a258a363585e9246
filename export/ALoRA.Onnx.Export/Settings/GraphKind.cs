namespace ALoRA.Onnx.Export.Settings;

/// <summary>
/// What a graph of a model is for.
/// All kinds have the same weights and the same nodes but for the inputs of attention and the rows that reach the head.
/// </summary>
internal enum GraphKind
{
    /// <summary>Prefill and decode: a token attends to all that stand before it in the KV cache.</summary>
    Model,

    /// <summary>The same without the inputs of adapters: runs that no adapter is bound to save four nodes a group and layer.</summary>
    Base,

    /// <summary>
    /// Several branches behind one prefix in one run: each token has a position of its own,
    /// and a bias says which rows of the KV cache it attends to.
    /// </summary>
    Fanout,

    /// <summary>
    /// The same on a device, over a table of adapters and with attention by an operator of our own: each row names its branch, and each
    /// of the cache's last rows the branch that it belongs to.
    /// </summary>
    Branches,

    /// <summary>
    /// Decode and short runs with the adapter branch as an operator of our own: each row names a slot of a table of adapters, or the base.
    /// </summary>
    Fused,

    /// <summary>The same over a table of adapters in bfloat16, where activations are float32.</summary>
    FusedBFloat16,

    /// <summary>Decode and short runs of the base, in 16 bits, by operators of our own.</summary>
    Step,

    /// <summary>
    /// Steps of many sequences on the processor, each row a token of any of them in a slot of one memory: attention by an operator of our
    /// own, and the adapter branch as in <see cref="Fused"/>.
    /// </summary>
    Batch,

    /// <summary>The same over a table of adapters in bfloat16.</summary>
    BatchBFloat16,

    /// <summary>Prefill and decode by ONNX Runtime GenAI, which gives lengths as a mask and takes the logits of the last token.</summary>
    GenAI,
}
