namespace ALoRA.Onnx.Models;

/// <summary>What a graph of a model is for.</summary>
internal enum GraphKind
{
    /// <summary>Prefill and decode, with an adapter or none bound.</summary>
    Model,

    /// <summary>The same without the inputs of adapters.</summary>
    Base,

    /// <summary>Several branches behind one prefix: each token has a position and a bias of its own.</summary>
    Fanout,
}
