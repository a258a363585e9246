namespace ALoRA.Onnx.Serving.Running;

/// <summary>The last steps of an engine. Allocates in its constructor only, but for <see cref="Read"/>. Thread-safe.</summary>
internal sealed class RecentSteps
{
    /// <summary>How many are kept.</summary>
    public const int Capacity = 64;

    private readonly Lock _gate = new();
    private readonly EngineStep[] _steps = new EngineStep[Capacity];
    private int _count;
    private int _next;

    /// <summary>Adds one in place of the oldest.</summary>
    public void Add(in EngineStep step)
    {
        lock (_gate)
        {
            _steps[_next] = step;
            _next = (_next + 1) % Capacity;
            _count = Math.Min(_count + 1, Capacity);
        }
    }

    /// <summary>A copy of all, the oldest first.</summary>
    public EngineStep[] Read()
    {
        lock (_gate)
        {
            EngineStep[] all = new EngineStep[_count];
            for (int i = 0; i < _count; i++)
            {
                all[i] = _steps[(_next - _count + i + Capacity) % Capacity];
            }

            return all;
        }
    }
}
