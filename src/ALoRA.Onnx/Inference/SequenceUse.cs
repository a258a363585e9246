namespace ALoRA.Onnx.Inference;

/// <summary>One operation on a sequence, which is freed at its end if its owner was disposed meanwhile.</summary>
internal readonly struct SequenceUse : IDisposable
{
    private readonly UseGate _gate;
    private readonly Sequence _sequence;

    /// <summary>Starts an operation.</summary>
    /// <inheritdoc cref="UseGate.Enter"/>
    public SequenceUse(UseGate gate, Sequence sequence, object owner)
    {
        gate.Enter(owner);
        _gate = gate;
        _sequence = sequence;
    }

    public void Dispose()
    {
        _sequence.Cache.Rest();
        if (_gate.Exit())
        {
            _sequence.Dispose();
        }
    }
}
