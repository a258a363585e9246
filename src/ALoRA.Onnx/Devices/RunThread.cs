using System.Runtime.ExceptionServices;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Devices;

/// <summary>
/// A thread for all runs of graphs that may be captured: ONNX Runtime keeps a captured graph for the thread that captured it.
/// Runs one at a time; thread-safe.
/// </summary>
internal sealed class RunThread : IDisposable
{
    private readonly Lock _turn = new();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly SemaphoreSlim _done = new(0);
    private readonly Thread _thread;
    private InferenceSession? _session;
    private RunOptions? _options;
    private OrtIoBinding? _binding;
    private bool _captures;
    private ExceptionDispatchInfo? _failure;

    public RunThread()
    {
        _thread = new Thread(Loop) { IsBackground = true, Name = "ALoRA.Onnx device runs" };
        _thread.Start();
    }

    /// <summary>Runs a graph and waits for it.</summary>
    /// <param name="session">The graph.</param>
    /// <param name="options">Options of the run.</param>
    /// <param name="binding">Inputs and outputs.</param>
    /// <param name="captures">Whether the run is captured now, so that nothing else may work on a device.</param>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    public void Run(InferenceSession session, RunOptions options, OrtIoBinding binding, bool captures)
    {
        lock (_turn)
        {
            (_session, _options, _binding, _captures) = (session, options, binding, captures);
            _asked.Release();
            _done.Wait();
            ExceptionDispatchInfo? failure = _failure;
            _failure = null;
            failure?.Throw();
        }
    }

    /// <summary>Ends the thread. No run may be asked for any more.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            _session = null;
            _asked.Release();
        }

        _thread.Join();
        _asked.Dispose();
        _done.Dispose();
    }

    private void Loop()
    {
        while (true)
        {
            _asked.Wait();
            if (_session is null)
            {
                return;
            }

            try
            {
                RunOnce(_session);
            }
            catch (Exception exception)
            {
                _failure = ExceptionDispatchInfo.Capture(exception);
            }

            _done.Release();
        }
    }

    private void RunOnce(InferenceSession session)
    {
        using CaptureGate.Scope gate = _captures ? CaptureGate.EnterAlone() : CaptureGate.Enter();
        session.RunWithBinding(_options!, _binding!);
    }
}
