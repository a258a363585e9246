namespace ALoRA.Onnx;

/// <summary>How the weights of a model get into the memory of the process (<see cref="AloraModelOptions.LoadWeights"/>).</summary>
public enum WeightLoading
{
    /// <summary>
    /// The file is mapped: opening is quick, processes share its pages, and the system can take them back when memory is short. The file
    /// must stay as it is. If it is changed, the next run throws a <see cref="ModelFormatException"/>; if another program cuts it while a
    /// run reads it, the system ends the process on Linux and macOS. Windows does not let it be changed.
    /// </summary>
    Map,

    /// <summary>
    /// The file is read into memory of the process's own when the model is opened, and may be changed or deleted afterwards. It takes as
    /// much memory as the file is long, in addition to what ONNX Runtime packs for its kernels.
    /// </summary>
    Copy,
}
