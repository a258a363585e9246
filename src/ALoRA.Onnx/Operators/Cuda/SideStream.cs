namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// A stream beside one of ONNX Runtime's: what is launched on it runs beside what the other does until it is joined. All calls come from
/// whoever runs the other stream, one at a time. Can be captured.
/// </summary>
internal sealed unsafe class SideStream : IDisposable
{
    private const uint NeverBlocking = 1;
    private const uint WithoutTiming = 2;

    private readonly CudaDriver _driver;
    private readonly nint _stream;
    private readonly nint _fork;
    private readonly nint _join;
    private bool _isOpen;

    /// <summary>Makes the stream on the calling thread's GPU.</summary>
    public SideStream(CudaDriver driver)
    {
        _driver = driver;
        nint stream;
        driver.Check(((delegate* unmanaged<nint*, uint, int>)driver.Entry("cuStreamCreate"))(&stream, NeverBlocking), "making a stream");
        _stream = stream;
        _fork = NewEvent();
        _join = NewEvent();
    }

    /// <summary>Begins work beside what follows on the main stream.</summary>
    /// <returns>The stream for it.</returns>
    public nint Fork(nint main)
    {
        _driver.Record(_fork, main);
        _driver.Wait(_stream, _fork);
        return _stream;
    }

    /// <summary>Ends the work beside.</summary>
    public void EndFork()
    {
        _driver.Record(_join, _stream);
        _isOpen = true;
    }

    /// <summary>Lets what follows on the main stream wait for the work beside.</summary>
    /// <returns>Whether there was any.</returns>
    public bool Join(nint main)
    {
        if (!_isOpen)
        {
            return false;
        }

        _isOpen = false;
        _driver.Wait(main, _join);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A session that ends has waited for its runs; what a driver that shuts down says to this helps nobody.
        _ = ((delegate* unmanaged<nint, int>)_driver.Entry("cuEventDestroy_v2"))(_fork);
        _ = ((delegate* unmanaged<nint, int>)_driver.Entry("cuEventDestroy_v2"))(_join);
        _ = ((delegate* unmanaged<nint, int>)_driver.Entry("cuStreamDestroy_v2"))(_stream);
    }

    private nint NewEvent()
    {
        nint created;
        _driver.Check(((delegate* unmanaged<nint*, uint, int>)_driver.Entry("cuEventCreate"))(&created, WithoutTiming), "making an event");
        return created;
    }
}
