namespace ALoRA.Onnx;

/// <summary>Whether adapters are computed by operators of the library's own (<see cref="AloraModelOptions.Operators"/>).</summary>
public enum OperatorUse
{
    /// <summary>
    /// Where the model folder has a graph with them, and they work with the ONNX Runtime that is loaded; otherwise by ONNX Runtime's own
    /// operators, which compute the same in more time. The log says which, and why.
    /// </summary>
    Auto,

    /// <summary>Never: always by ONNX Runtime's own operators.</summary>
    Off,
}
