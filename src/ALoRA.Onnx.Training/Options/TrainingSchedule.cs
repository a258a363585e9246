namespace ALoRA.Onnx.Training;

/// <summary>How the learning rate goes on after the warm-up, as in Transformers.</summary>
public enum TrainingSchedule
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls in a straight line to 0 at the end of the last step.</summary>
    Linear,

    /// <summary>It falls to 0 as half a wave of the cosine.</summary>
    Cosine,
}
