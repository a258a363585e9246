using ALoRA.Onnx.Inference;

namespace ALoRA.Onnx.Training.Graphs;

/// <summary>How a training graph is opened.</summary>
internal sealed record TrainingSessionOptions
{
    /// <summary>Threads of one run; 0 lets ONNX Runtime choose.</summary>
    public int Threads { get; init; }

    /// <summary>Whether weights are packed for the matrix kernels: faster, and twice the weights in memory.</summary>
    public bool Prepacking { get; init; } = true;

    /// <summary>
    /// The open base, whose weights and packed weights the training graph then reads; it must outlive the session. Null for weights that it
    /// has to itself.
    /// </summary>
    public ModelSession? Base { get; init; }

    /// <summary>
    /// Most rows of a matrix in blocks that an operator of ALoRA.Onnx's own decodes at a time, where this machine has it; null for ONNX
    /// Runtime's operators alone.
    /// </summary>
    public int? DecodedRows { get; init; } = 8_192;

    /// <summary>What computes.</summary>
    public ExecutionProvider Provider { get; init; } = ExecutionProvider.Cpu;

    /// <summary>Share of the inputs of A that a run leaves out.</summary>
    public double Dropout { get; init; }

    /// <summary>Decides, with the number of the run, what is left out.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether rows may have a prefix; false for plain LoRA, whose graph then has no place for one.</summary>
    public bool HasPrefixes { get; init; } = true;
}
