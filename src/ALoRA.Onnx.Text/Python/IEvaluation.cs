namespace ALoRA.Onnx.Python;

/// <summary>What evaluates, as seen by the functions that it calls.</summary>
internal interface IEvaluation
{
    /// <summary>What the evaluation may still spend.</summary>
    Budget Budget { get; }
}
