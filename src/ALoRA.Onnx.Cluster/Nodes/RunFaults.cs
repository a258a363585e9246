using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>Tells failures of a request, which no other server would answer better, from those of a server.</summary>
internal static class RunFaults
{
    /// <summary>What a run's failure means for its reader.</summary>
    public static (RunState State, FaultForm Fault) Of(Exception exception) => (
        exception switch
        {
            // Cut off: the model was replaced, or the server stops.
            OperationCanceledException or ObjectDisposedException => RunState.HandsOver,
            ApiError { Status: 503 } => RunState.HandsOver,
            AloraBusyException or InsufficientMemoryException or OutOfMemoryException => RunState.Refused,
            _ => RunState.Failed,
        },
        FaultForm.Of(exception));
}
