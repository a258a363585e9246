namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>Where a request stands while a plan is made.</summary>
internal enum Standing : byte
{
    /// <summary>It has no slot.</summary>
    Waits,

    /// <summary>It has a slot, and its reader is slow.</summary>
    Rests,

    /// <summary>It has a slot and may compute.</summary>
    Runs,

    /// <summary>It has a slot, but there is no room for its next row.</summary>
    Stuck,

    /// <summary>It gives its slot up in this plan.</summary>
    GaveUp,
}
