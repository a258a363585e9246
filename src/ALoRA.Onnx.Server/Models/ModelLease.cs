namespace ALoRA.Onnx.Server.Models;

/// <summary>Keeps a model open for one request; disposed when the request ends.</summary>
internal sealed class ModelLease(OpenedModel opened, Action release) : IDisposable
{
    private int _disposed;

    public OpenedModel Opened => opened;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            release();
        }
    }
}
