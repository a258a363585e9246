namespace ALoRA.Onnx.Devices;

/// <summary>What a session on a device is opened for.</summary>
internal enum SessionUse
{
    /// <summary>Runs of any number of rows.</summary>
    Any,

    /// <summary>Runs of a few rows, which are captured and replayed.</summary>
    Steps,

    /// <summary>Runs of many rows, whose 4-bit products are computed in the activations' type whatever the graph says.</summary>
    LongRuns,
}
