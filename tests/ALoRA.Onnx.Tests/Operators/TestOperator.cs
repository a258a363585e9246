using ALoRA.Onnx.Operators;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tests.Operators;

/// <summary>An operator of one float32 input and one output, whose kernel a test writes.</summary>
internal sealed class TestOperator(string name, FirstOutput firstOutput, TestOperator.Create create) : OperatorDefinition
{
    /// <summary>Makes a kernel.</summary>
    public delegate OperatorKernel Create(KernelInfo info);

    public override string Name => name;

    public override string Provider => "CPUExecutionProvider";

    public override IReadOnlyList<OperatorValue> Inputs { get; } = [new(TensorElementType.Float)];

    public override IReadOnlyList<OperatorValue> Outputs { get; } = [new(TensorElementType.Float)];

    public override FirstOutput FirstOutput => firstOutput;

    public override OperatorKernel CreateKernel(KernelInfo info) => create(info);
}

/// <summary>A kernel that a test writes.</summary>
internal sealed class TestKernel(TestKernel.Body body, Action? dispose = null) : OperatorKernel
{
    /// <summary>Computes.</summary>
    public delegate void Body(KernelContext context);

    public override void Compute(KernelContext context) => body(context);

    public override void Dispose()
    {
        dispose?.Invoke();
        base.Dispose();
    }
}
