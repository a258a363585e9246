namespace ALoRA.Onnx.Export;

/// <summary>What an export is doing.</summary>
public enum ExportStage
{
    /// <summary>Reading headers and checking everything before the first byte is written.</summary>
    Check,

    /// <summary>Quantizing projections on a calibration text; only with <see cref="QuantizationMethod.Gptq"/>.</summary>
    Calibrate,

    /// <summary>Reading, converting and writing the weights.</summary>
    Weights,

    /// <summary>Writing the graph, the tokenizer and the adapters, and moving the folder into place.</summary>
    Finish,
}
