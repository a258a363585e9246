using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Requests;
using ALoRA.Onnx.Serving.Running;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Tests.Running;

/// <summary>
/// The engine's own steps, plans and slots, step by step on the test's thread, without a run of the model. Not thread-safe.
/// </summary>
internal sealed class ModelledEngine : IDisposable
{
    private readonly LoadedModel _model;
    private readonly int _context;
    private readonly SlotArena _arena;
    private readonly SlotKeeper _slots;
    private readonly RequestQueue _queue;
    private readonly EngineSteps _steps;
    private readonly FakeComputer _computer;
    private long _numbers;

    /// <summary>An engine without requests.</summary>
    /// <param name="model">Whose adapters and layout it has.</param>
    /// <param name="options">As an engine has them.</param>
    /// <param name="sizes">Classes of slots.</param>
    /// <param name="maxChunk">Most tokens of a chunk.</param>
    /// <param name="acrossScopes">Whether other scopes share whole blocks.</param>
    /// <param name="computer">Computes and chooses; owned.</param>
    public ModelledEngine(
        LoadedModel model, EngineOptions options, IReadOnlyList<SlotSize> sizes, int maxChunk, bool acrossScopes, FakeComputer computer)
    {
        _model = model;
        _computer = computer;
        _context = sizes[^1].Capacity;
        _arena = new SlotArena(model.Session.CacheLayout, model.Session.Memory, sizes);
        _slots = new SlotKeeper(model, _arena, new PrefixIndex(acrossScopes, options));
        _queue = new RequestQueue(options);
        _steps = new EngineSteps(
            options, _arena, _slots, _queue, new StepPlanner(_slots, StepPlanner.SettingsOf(options, maxChunk, computer.IsOneRun)),
            computer);
    }

    /// <summary>Requests that the engine has taken in and that are not over.</summary>
    public IReadOnlyList<LiveRequest> Requests => _steps.Requests;

    /// <summary>Whether nobody waits to be taken in.</summary>
    public bool IsQueueEmpty => _queue.IsEmpty;

    /// <summary>Whether someone neither rests nor is over.</summary>
    public bool IsWanted => _steps.Requests.Exists(request => request.RestsSince is null);

    /// <summary>Steps that computed anything.</summary>
    public long Steps => _steps.Steps;

    /// <summary>Figures of now.</summary>
    public EngineStatistics Statistics => _steps.Statistics;

    /// <summary>Checks and numbers a request, which is not submitted yet.</summary>
    public LiveRequest Prepare(EngineRequest request) =>
        new(request, PreparedRequest.Prepare(_model, request, _context), _context, ++_numbers, CancellationToken.None);

    /// <summary>Submits a request.</summary>
    public void Submit(LiveRequest request) => _queue.Submit(request);

    /// <summary>Does a step as the engine's thread does; every slot is somebody's afterwards, or free, or kept.</summary>
    public bool Step()
    {
        bool works;
        try
        {
            works = _steps.Step();
        }
        catch (InvalidOperationException exception)
        {
            _steps.EndAll(exception);
            works = true;
        }

        long held = _steps.Requests.Sum(request => (long)(request.Tokens.Sequence?.Cache.Capacity ?? 0));
        Assert.AreEqual(_arena.Rows, held + _slots.FreeRows);
        return works;
    }

    /// <summary>What stands where, for messages.</summary>
    public override string ToString() => string.Join("; ", _steps.Requests.Select(request =>
        $"{request.Number} of {request.Tenant ?? "none"}: {request.Tokens.Length} tokens, {request.Tokens.Pending} without rows, slot of "
        + $"{request.Tokens.Sequence?.Cache.Capacity ?? 0}, rests {request.RestsSince is not null}, unread {request.Unread}, waits for "
        + $"{request.Known.Computing?.Number ?? -1} until {request.Known.RowsToCome}"));

    public void Dispose()
    {
        _steps.EndAll(new OperationCanceledException());
        _slots.Dispose();
        _arena.Dispose();
        _computer.Dispose();
    }
}
