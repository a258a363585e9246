using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Inference;

/// <summary>Terminates a sequence's runs when a token is cancelled, and makes its options usable again afterwards.</summary>
internal readonly ref struct CancellableRun : IDisposable
{
    private readonly RunOptions _options;
    private readonly CancellationTokenRegistration _registration;

    public CancellableRun(RunOptions options, CancellationToken cancellationToken)
    {
        _options = options;
        _registration = cancellationToken.UnsafeRegister(static state => ((RunOptions)state!).Terminate = true, options);
    }

    /// <summary>Waits for a cancellation that is just being carried out.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        if (_options.Terminate)
        {
            _options.Terminate = false;
        }
    }
}
