namespace ALoRA.Onnx.Training;

/// <summary>How well answers through the runtime match the rows held out.</summary>
public sealed record TrainingMeasures
{
    /// <summary>Rows that were asked.</summary>
    public required int Rows { get; init; }

    /// <summary>Share of answers that are the row's completion, but for spaces around it.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Mean distance of the answered digit from the row's; null where completions are no digits.</summary>
    public double? MeanAbsoluteError { get; init; }

    /// <summary>Expected calibration error of the certainty over ten bins; null where rows do not say what is correct.</summary>
    public double? CalibrationError { get; init; }

    /// <summary>Area under the curve of certainty against what is correct; null where that is not known, or always the same.</summary>
    public double? AreaUnderCurve { get; init; }

    /// <summary>Mean squared distance of certainty and what is correct; null where that is not known.</summary>
    public double? Brier { get; init; }

    /// <summary>
    /// Mean time from the question to the first token, in milliseconds: of an activated LoRA on the cache of the conversation, else with
    /// the whole prompt.
    /// </summary>
    public required double FirstTokenMilliseconds { get; init; }
}
