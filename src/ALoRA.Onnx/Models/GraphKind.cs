namespace ALoRA.Onnx.Models;

/// <summary>What a graph of a model is for.</summary>
internal enum GraphKind
{
    /// <summary>Prefill and decode, with an adapter or none bound.</summary>
    Model,

    /// <summary>The same without the inputs of adapters.</summary>
    Base,

    /// <summary>Decode and short runs, each row with an adapter of a table or none, by operators of our own.</summary>
    Fused,

    /// <summary>The same over a table in bfloat16, where activations are float32.</summary>
    FusedBFloat16,

    /// <summary>Decode and short runs of the base, by operators of our own.</summary>
    Step,

    /// <summary>Steps of many sequences, each row a token in a slot of one memory, by operators of our own.</summary>
    Batch,

    /// <summary>The same over a table in bfloat16.</summary>
    BatchBFloat16,

    /// <summary>Several branches behind one prefix: each token has a position and a bias of its own.</summary>
    Fanout,

    /// <summary>The same on a device by operators of our own, each row with an adapter of a table or none.</summary>
    Branches,
}
