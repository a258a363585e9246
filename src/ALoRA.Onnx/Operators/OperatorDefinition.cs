namespace ALoRA.Onnx.Operators;

/// <summary>An operator: what ONNX Runtime asks before it runs one. Immutable; kernels are made on any thread.</summary>
internal abstract class OperatorDefinition
{
    /// <summary>Name in graphs, such as <c>LoraAdd</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Who runs it: <c>CPUExecutionProvider</c> or <c>CUDAExecutionProvider</c>.</summary>
    public abstract string Provider { get; }

    /// <summary>The inputs, at most <see cref="OperatorBlock.MostValues"/>.</summary>
    public abstract IReadOnlyList<OperatorValue> Inputs { get; }

    /// <summary>The outputs, at most <see cref="OperatorBlock.MostValues"/>.</summary>
    public abstract IReadOnlyList<OperatorValue> Outputs { get; }

    /// <summary>Where the first output lies.</summary>
    public abstract FirstOutput FirstOutput { get; }

    /// <summary>Makes the kernel of one node of one session, which disposes it.</summary>
    /// <param name="info">The node; valid during the call.</param>
    /// <remarks>What it throws becomes the error of the session that is being opened.</remarks>
    public abstract OperatorKernel CreateKernel(KernelInfo info);
}
