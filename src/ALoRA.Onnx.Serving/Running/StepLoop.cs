using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Batching;
using ALoRA.Onnx.Serving.Requests;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>
/// The engine's thread: does step after step while there is something to do, and sleeps else.
/// Its public members may be called from any thread.
/// </summary>
internal sealed class StepLoop : IDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly LoadedModel _model;
    private readonly SlotArena _arena;
    private readonly SlotKeeper _slots;
    private readonly ModelComputer _computer;
    private readonly Thread _thread;
    private readonly RequestQueue _queue;
    private readonly StepCommands _commands = new();
    private readonly ManualResetEventSlim _signal = new();
    private readonly EngineSteps _steps;
    private readonly StallGuard _stalls;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stops;
    private volatile bool _drains;

    public StepLoop(LoadedModel model, EngineOptions options, SlotArena arena, bool acrossScopes)
    {
        _model = model;
        _arena = arena;
        _queue = new RequestQueue(options);
        _slots = new SlotKeeper(model, arena, new PrefixIndex(acrossScopes, options));
        _computer = new ModelComputer(
            new BatchRunner(model.Session, arena, model.Adapters, options.MaxAdaptersPerStep), new TokenChooser(model, options.MaxRows));
        StepPlanner planner = new(_slots, StepPlanner.SettingsOf(options, model.Session.PrefillChunkSize, model.Session.MayBatch));
        _steps = new EngineSteps(options, arena, _slots, _queue, planner, _computer);
        _stalls = new StallGuard(options.TimeProvider, model.Logger, () => _slots.ParkAll(_steps.Requests), _steps.EndAll);
        _thread = new Thread(Run) { Name = "ALoRA.Onnx engine", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Done when all requests have ended after <see cref="Drain"/>.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Figures of now.</summary>
    public EngineStatistics Statistics => _steps.Statistics;

    /// <summary>Requests and steps of now.</summary>
    public EngineActivity Activity => _steps.Activity;

    /// <summary>Takes a request in.</summary>
    /// <exception cref="AloraBusyException">Too many wait already.</exception>
    public void Submit(LiveRequest request)
    {
        _queue.Submit(request);
        request.Cancellation.Register(Wake);
        Wake();
    }

    /// <summary>Copies rows of a prompt's beginning into a sequence that is not the engine's; see <see cref="SlotKeeper.Fill"/>.</summary>
    public Task<int> FillAsync(Sequence target, ReadOnlyMemory<int> tokens) =>
        _commands.Add(() => _slots.Fill(target, tokens.Span, _steps.Requests), Wake);

    /// <summary>Keeps a copy of a sequence's rows; see <see cref="SlotKeeper.Adopt"/>.</summary>
    public Task<int> AdoptAsync(Sequence source, string? scope) => _commands.Add(() => _slots.Adopt(source, scope), Wake);

    /// <summary>See <see cref="AloraEngine.ReadAllocationsAsync"/>.</summary>
    public Task<(long Steps, long Bytes)> ReadAllocationsAsync() =>
        _commands.Add(() => (_steps.Steps, GC.GetAllocatedBytesForCurrentThread()), Wake);

    /// <summary>Looks again for something to do.</summary>
    public void Wake() => _signal.Set();

    /// <summary>Lets what is there come to its end.</summary>
    public void Drain()
    {
        _drains = true;
        Wake();
    }

    /// <summary>Cancels all requests and ends the thread.</summary>
    public void Dispose()
    {
        _stops = true;
        Wake();
        _thread.Join();
        _computer.Dispose();
        _slots.Dispose();
        _arena.Dispose();
        _signal.Dispose();
    }

    private void Run()
    {
        while (!_stops)
        {
            _signal.Reset();
            bool works;
            try
            {
                _commands.Run();
                works = _steps.Step();
            }
            catch (Exception exception) when (exception is not OutOfMemoryException or InsufficientMemoryException)
            {
                // Whose fault it was is not known.
                _model.Logger.StepFailed(exception);
                _steps.EndAll(exception);
                works = true;
            }

            _stalls.Watch(works, _steps.Requests);
            if (!works)
            {
                Rest();
            }
        }

        _commands.Close();
        _queue.Close();
        _steps.EndAll(new ObjectDisposedException("AloraEngine"));
        _drained.TrySetResult();
    }

    private void Rest()
    {
        bool isIdle = _steps.Requests.Count == 0;
        if (isIdle && _drains && _queue.IsEmpty)
        {
            _drained.TrySetResult();
        }

        _signal.Wait(isIdle ? Timeout.InfiniteTimeSpan : Glance);
    }
}
