namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>What Ctrl+C does while something runs that it is to end, instead of ending the program. Any thread.</summary>
internal sealed class Interrupts
{
    private readonly Lock _lock = new();
    private Action? _instead;

    /// <summary>Has the next Ctrl+C call this once, until the result is disposed.</summary>
    public IDisposable Catch(Action instead)
    {
        lock (_lock)
        {
            _instead = instead;
        }

        return new Caught(this);
    }

    /// <summary>Calls what is to be called instead; false if there is nothing.</summary>
    public bool TryHandle()
    {
        Action? instead;
        lock (_lock)
        {
            (instead, _instead) = (_instead, null);
        }

        instead?.Invoke();
        return instead is not null;
    }

    private void Release()
    {
        lock (_lock)
        {
            _instead = null;
        }
    }

    private sealed class Caught(Interrupts owner) : IDisposable
    {
        public void Dispose() => owner.Release();
    }
}
