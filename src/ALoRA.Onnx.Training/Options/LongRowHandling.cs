namespace ALoRA.Onnx.Training;

/// <summary>What becomes of a row that has more tokens than it may have.</summary>
public enum LongRowHandling
{
    /// <summary>It is a fault, listed with its line.</summary>
    Refuse,

    /// <summary>Tokens of the prompt are cut on the left, never the invocation nor the completion.</summary>
    CutLeft,

    /// <summary>It is left out and counted.</summary>
    LeaveOut,
}
