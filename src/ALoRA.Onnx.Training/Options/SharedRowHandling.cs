namespace ALoRA.Onnx.Training;

/// <summary>What becomes of rows that are to be trained on and held out at once.</summary>
public enum SharedRowHandling
{
    /// <summary>They are faults, listed with their lines.</summary>
    Refuse,

    /// <summary>They are held out alone, and counted.</summary>
    LeaveOut,
}
