using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Training;
using ALoRA.Onnx.Tensors;
using ALoRA.Onnx.Training.Graphs;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Training.Devices;

/// <summary>
/// The training graph in one shape: inputs that change have memory of their own on the device, which each run's are copied to. Not
/// thread-safe; the caller disposes it.
/// </summary>
internal sealed class BucketRun : IDisposable
{
    private readonly TensorMemory _memory;
    private readonly List<IDisposable> _owned = [];
    private readonly List<MemoryTensor> _inputs = [];
    private readonly MemoryTensor _loss;
    private readonly MemoryTensor _largest;
    private readonly BoundRun _run;

    /// <summary>Binds everything.</summary>
    /// <param name="device">What computes.</param>
    /// <param name="session">The training graph.</param>
    /// <param name="inputs">Inputs of the shape; only their names and sizes count.</param>
    /// <param name="optimizer">Where parameters and gradients are.</param>
    /// <param name="tensors">What is trained.</param>
    /// <param name="pages">Where prefixes are; null for none.</param>
    /// <param name="layers">Layers of the model.</param>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public BucketRun(
        TrainingDevice device, InferenceSession session, BatchInputs inputs, DeviceOptimizer optimizer,
        IReadOnlyList<TrainedTensor> tensors, PrefixPages? pages, int layers)
    {
        _memory = device.Memory;
        _run = Own(device.Bind(session));
        try
        {
            for (int i = 0; i < inputs.Values.Count; i++)
            {
                OrtTensorTypeAndShapeInfo info = inputs.Values[i].GetTensorTypeAndShape();
                MemoryTensor input = Own(_memory.Allocate(info.ElementDataType, info.Shape));
                _inputs.Add(input);
                _run.BindInput(inputs.Names[i], input);
            }

            for (int layer = 0; layer < layers && pages is not null; layer++)
            {
                _run.BindInput(TrainingInputs.PagesOf(GraphNames.PastKey(layer)), pages.Keys(layer));
                _run.BindInput(TrainingInputs.PagesOf(GraphNames.PastValue(layer)), pages.Values(layer));
            }

            for (int i = 0; i < tensors.Count; i++)
            {
                _run.BindInput(tensors[i].GraphName, optimizer.Values.Parts[i]);
                _run.BindOutput(TrainingGraph.GradientOf(tensors[i].GraphName), optimizer.Added.Parts[i]);
            }

            _loss = Own(_memory.Allocate(TensorElementType.Float));
            _largest = Own(_memory.Allocate(TensorElementType.Int64, inputs.Shape.Count, inputs.Shape.Heads));
            _run.BindOutput(TrainingGraph.Loss, _loss);
            _run.BindOutput(TrainingGraph.Largest, _largest);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Bytes of all inputs that change.</summary>
    public long Bytes => _inputs.Sum(input => input.Bytes);

    /// <summary>Runs; the gradients are those of this run alone.</summary>
    public unsafe MicroBatchResult Run(MicroBatch batch, BatchInputs inputs)
    {
        _memory.Upload([.. _inputs.Select((input, i) => new MemoryStretch(AddressOf(inputs.Values[i]), input.Address, input.Bytes))]);
        _run.Run();
        float loss;
        long[] largest = new long[inputs.Shape.Count * inputs.Shape.Heads];
        fixed (long* ids = largest)
        {
            _memory.Download(
            [
                new MemoryStretch(_loss.Address, (nint)(&loss), sizeof(float)),
                new MemoryStretch(_largest.Address, (nint)ids, _largest.Bytes),
            ]);
        }

        return MicroBatchResult.Of(batch, inputs.Shape, loss, largest);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }

        _owned.Clear();
    }

    // The values' memory does not move while they are there.
    private static unsafe nint AddressOf(OrtValue value) =>
        (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(value.GetTensorMutableRawData()));

    private T Own<T>(T disposable)
        where T : IDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }
}
