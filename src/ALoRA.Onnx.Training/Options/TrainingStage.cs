namespace ALoRA.Onnx.Training;

/// <summary>What a training does.</summary>
public enum TrainingStage
{
    /// <summary>Reads and checks the data, and opens the base and the training graph.</summary>
    Opening,

    /// <summary>Makes steps.</summary>
    Training,

    /// <summary>Computes loss and accuracy over the rows held out.</summary>
    Evaluating,

    /// <summary>Writes the adapter and asks it through the runtime.</summary>
    Finishing,

    /// <summary>Has opened all of it, and is going to make the first step.</summary>
    Starting,
}
