using ALoRA.Onnx.Export.Training;
using ALoRA.Onnx.Tensors;
using ALoRA.Onnx.Training.Optimization;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Training.Devices;

/// <summary>
/// Parameters, moments and gradients in a device's memory, and the two graphs that add gradients up and make a step, in place. Not
/// thread-safe; the caller disposes it.
/// </summary>
internal sealed class DeviceOptimizer : IDisposable
{
    // A repeated step of AdamW with these changes no bit: nothing is added to moments or parameters.
    internal static readonly float[] Nothing = [1, 1, 0, 1, 0, 0, 1, 1];

    private readonly TensorMemory _memory;
    private readonly List<IDisposable> _owned = [];
    private readonly ParameterVector _first;
    private readonly ParameterVector _second;
    private readonly ParameterVector _sum;
    private readonly NativeTensor _host;
    private readonly MemoryTensor _scalars;
    private readonly MemoryTensor _norm;
    private readonly BoundRun _addition;
    private readonly BoundRun _step;
    private readonly int _scalarCount = OptimizerGraphs.Scalars.Count + 2;

    /// <summary>Allocates everything and runs both graphs until they are captured.</summary>
    /// <param name="device">What computes.</param>
    /// <param name="layout">Where each tensor is.</param>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public DeviceOptimizer(TrainingDevice device, VectorLayout layout)
    {
        _memory = device.Memory;
        try
        {
            Values = Own(new ParameterVector(_memory, layout));
            _first = Own(new ParameterVector(_memory, layout));
            _second = Own(new ParameterVector(_memory, layout));
            _sum = Own(new ParameterVector(_memory, layout));
            Added = Own(new ParameterVector(_memory, layout));
            _host = Own(new NativeTensor(TensorElementType.Float, _scalarCount));
            _scalars = Own(_memory.Allocate(TensorElementType.Float, _scalarCount));
            _norm = Own(_memory.Allocate(TensorElementType.Float, 1));
            InferenceSession adding = Own(
                device.Open("the graph that adds gradients", OptimizerGraphs.Addition(layout.Length).ToByteArray()));
            InferenceSession stepping = Own(device.Open("the optimizer's graph", OptimizerGraphs.AdamW(layout.Length).ToByteArray()));
            _addition = Own(device.Bind(adding));
            _addition.BindInput(OptimizerGraphs.Sum, _sum.Whole);
            _addition.BindInput(OptimizerGraphs.Added, Added.Whole);
            _addition.BindInput(OptimizerGraphs.Keep, Scalar(_scalarCount - 2));
            _addition.BindInput(OptimizerGraphs.Share, Scalar(_scalarCount - 1));
            _addition.BindOutput(OptimizerGraphs.Next(OptimizerGraphs.Sum), _sum.Whole);
            _step = Own(device.Bind(stepping));
            foreach ((string name, ParameterVector vector) in new[]
                {
                    (OptimizerGraphs.Values, Values), (OptimizerGraphs.First, _first), (OptimizerGraphs.Second, _second),
                })
            {
                _step.BindInput(name, vector.Whole);
                _step.BindOutput(OptimizerGraphs.Next(name), vector.Whole);
            }

            _step.BindInput(OptimizerGraphs.Gradient, _sum.Whole);
            for (int i = 0; i < OptimizerGraphs.Scalars.Count; i++)
            {
                _step.BindInput(OptimizerGraphs.Scalars[i], Scalar(i));
            }

            _step.BindOutput(OptimizerGraphs.Norm, _norm);
            Warm();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The parameters.</summary>
    public ParameterVector Values { get; }

    /// <summary>Where a run's gradients go.</summary>
    public ParameterVector Added { get; }

    /// <summary>Adds a run's gradients to those of the step.</summary>
    /// <param name="isFirst">Whether there are none yet.</param>
    /// <param name="share">What the run's are multiplied by.</param>
    public void Add(bool isFirst, float share)
    {
        Send([.. Nothing, isFirst ? 0 : 1, share]);
        _addition.Run();
    }

    /// <summary>Makes a step.</summary>
    /// <param name="scalars">Scalars in the order of <see cref="OptimizerGraphs.Scalars"/>.</param>
    /// <returns>The norm of the gradients before clipping.</returns>
    public float Step(float[] scalars)
    {
        Send([.. scalars, 1, 0]);
        _step.Run();
        return ReadNorm();
    }

    /// <summary>Brings parameters and moments into the process's memory.</summary>
    public void Pull(IReadOnlyList<float[]> values, AdamW optimizer)
    {
        Values.Read(values);
        _first.Read(optimizer.FirstMoments);
        _second.Read(optimizer.SecondMoments);
    }

    /// <summary>Goes on with parameters and moments of the process's memory.</summary>
    public void Push(IReadOnlyList<float[]> values, AdamW optimizer)
    {
        Values.Write(values);
        _first.Write(optimizer.FirstMoments);
        _second.Write(optimizer.SecondMoments);
    }

    /// <summary>Brings the gradients of the step into the process's memory.</summary>
    public void PullGradients(IReadOnlyList<float[]> gradients) => _sum.Read(gradients);

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }

        _owned.Clear();
    }

    private void Warm()
    {
        Send([.. Nothing, 1, 0]);
        while (!_addition.IsWarm)
        {
            _addition.Run();
        }

        while (!_step.IsWarm)
        {
            _step.Run();
        }
    }

    private MemoryTensor Scalar(int index) =>
        Own(_memory.Place((nint)(_scalars.Address + (index * sizeof(float))), TensorElementType.Float, 1));

    private void Send(ReadOnlySpan<float> scalars)
    {
        unsafe
        {
            scalars.CopyTo(new Span<float>((void*)_host.Address, _scalarCount));
        }

        _memory.Upload([new MemoryStretch(_host.Address, _scalars.Address, _scalarCount * sizeof(float))]);
    }

    private unsafe float ReadNorm()
    {
        float norm;
        _memory.Download([new MemoryStretch(_norm.Address, (nint)(&norm), sizeof(float))]);
        return norm;
    }

    private T Own<T>(T disposable)
        where T : IDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }
}
