using System.Runtime.ExceptionServices;

namespace ALoRA.Onnx.TestKit;

/// <summary>
/// A thread whose stack has the same size everywhere, so that how deep a recursion gets says nothing of the machine's limits.
/// </summary>
public static class SmallStack
{
    private const int Bytes = 1 << 20;

    /// <summary>Does something on a stack of 1 MiB; its exception is the caller's.</summary>
    public static void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(
            () =>
            {
                try
                {
                    action();
                }
                catch (Exception exception)
                {
                    failure = ExceptionDispatchInfo.Capture(exception);
                }
            },
            Bytes);
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
