namespace ALoRA.Onnx.Training.Tests;

/// <summary>Lets writes of files fail as on a full disk, for what the test that made it waits for, not for other tests.</summary>
internal sealed class FailingDisk : IDisposable
{
    // The name by which the libraries look for whom they tell that bytes are being written.
    private const string Probe = "ALoRA.Onnx.Tests.WhileWriting";

    private static readonly AsyncLocal<Func<bool>?> Current = new();

    public FailingDisk(Func<bool> isFull)
    {
        Current.Value = isFull;
        AppContext.SetData(Probe, (Action)Written);
    }

    public void Dispose() => Current.Value = null;

    private static void Written()
    {
        if (Current.Value is { } isFull && isFull())
        {
            throw new IOException("No space left on device.");
        }
    }
}
