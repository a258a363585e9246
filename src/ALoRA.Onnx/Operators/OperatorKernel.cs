namespace ALoRA.Onnx.Operators;

/// <summary>What one node of one session computes. Several threads may compute at once, as several may run a session.</summary>
internal abstract class OperatorKernel : IDisposable
{
    /// <summary>Computes the outputs of one run.</summary>
    /// <param name="context">The run; valid during the call.</param>
    /// <remarks>What it throws becomes the error of the run.</remarks>
    public abstract void Compute(KernelContext context);

    /// <summary>Frees what the kernel holds, when its session is disposed.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
