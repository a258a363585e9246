using ALoRA.Onnx.Operators.Cuda;

namespace ALoRA.Onnx.Benchmarks.Operators;

/// <summary>Launches captured once and replayed, as decode steps are.</summary>
internal sealed unsafe class GpuGraph : IDisposable
{
    private const uint NeverBlocking = 1;

    private readonly CudaDriver _driver;
    private readonly nint _stream;
    private readonly nint _start;
    private readonly nint _end;
    private readonly nint _graph;

    public GpuGraph(CudaDriver driver, Action<nint> launch)
    {
        _driver = driver;
        nint stream;
        driver.Check(((delegate* unmanaged<nint*, uint, int>)driver.Entry("cuStreamCreate"))(&stream, NeverBlocking), "a stream");
        _stream = stream;
        _start = NewEvent();
        _end = NewEvent();
        launch(stream);
        Wait();
        nint graph;
        nint ready;
        driver.Check(((delegate* unmanaged<nint, int, int>)driver.Entry("cuStreamBeginCapture_v2"))(stream, 0), "begin capture");
        launch(stream);
        driver.Check(((delegate* unmanaged<nint, nint*, int>)driver.Entry("cuStreamEndCapture"))(stream, &graph), "end capture");
        driver.Check(
            ((delegate* unmanaged<nint*, nint, ulong, int>)driver.Entry("cuGraphInstantiateWithFlags"))(&ready, graph, 0), "instantiate");
        _ = ((delegate* unmanaged<nint, int>)driver.Entry("cuGraphDestroy"))(graph);
        _graph = ready;
    }

    /// <summary>Replays it; the shortest of some times, in microseconds.</summary>
    public double Time(int times)
    {
        double best = double.PositiveInfinity;
        for (int time = 0; time < times + 1; time++)
        {
            _driver.Record(_start, _stream);
            _driver.Check(((delegate* unmanaged<nint, nint, int>)_driver.Entry("cuGraphLaunch"))(_graph, _stream), "replay");
            _driver.Record(_end, _stream);
            Wait();
            float milliseconds;
            _driver.Check(
                ((delegate* unmanaged<float*, nint, nint, int>)_driver.Entry("cuEventElapsedTime"))(&milliseconds, _start, _end), "time");
            best = time == 0 ? best : Math.Min(best, milliseconds * 1000);
        }

        return best;
    }

    public void Dispose()
    {
        _ = ((delegate* unmanaged<nint, int>)_driver.Entry("cuGraphExecDestroy"))(_graph);
        _ = ((delegate* unmanaged<nint, int>)_driver.Entry("cuEventDestroy_v2"))(_start);
        _ = ((delegate* unmanaged<nint, int>)_driver.Entry("cuEventDestroy_v2"))(_end);
        _ = ((delegate* unmanaged<nint, int>)_driver.Entry("cuStreamDestroy_v2"))(_stream);
    }

    private void Wait() =>
        _driver.Check(((delegate* unmanaged<nint, int>)_driver.Entry("cuStreamSynchronize"))(_stream), "running kernels");

    private nint NewEvent()
    {
        nint created;
        _driver.Check(((delegate* unmanaged<nint*, uint, int>)_driver.Entry("cuEventCreate"))(&created, 0), "an event");
        return created;
    }
}
