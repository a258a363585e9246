using System.Diagnostics;
using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Measures how fast the processor reads memory: threads add up parts of a buffer that no cache holds.</summary>
internal sealed class ReadBandwidth : IDisposable
{
    private const long MostBytes = 512L << 20;
    private const int Passes = 8;

    private readonly OrtValue _buffer;
    private readonly int _length;

    /// <summary>Allocates and fills the buffer, which is freed as soon as this object is disposed.</summary>
    public ReadBandwidth()
    {
        long bytes = Math.Min(MostBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8);
        _length = (int)(bytes / sizeof(float));
        _buffer = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, TensorElementType.Float, [_length]);
        _buffer.GetTensorMutableDataAsSpan<float>().Fill(1);
    }

    /// <summary>Reads the buffer.</summary>
    /// <param name="threads">Threads that read at the same time.</param>
    /// <returns>Bytes a second.</returns>
    public double Measure(int threads)
    {
        using Barrier start = new(threads);
        long started = 0;
        float[] sums = new float[threads];
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(index => new Thread(() => Read(index)))];
        Array.ForEach(others, thread => thread.Start());
        Read(0);
        Array.ForEach(others, thread => thread.Join());
        double bytes = (double)Passes * _length * sizeof(float);
        return bytes / Stopwatch.GetElapsedTime(started).TotalSeconds;

        void Read(int index)
        {
            int from = (int)((long)_length * index / threads);
            int to = (int)((long)_length * (index + 1) / threads);
            start.SignalAndWait();
            if (index == 0)
            {
                started = Stopwatch.GetTimestamp();
            }

            for (int pass = 0; pass < Passes; pass++)
            {
                sums[index] += TensorPrimitives.Sum<float>(_buffer.GetTensorDataAsSpan<float>()[from..to]);
            }
        }
    }

    public void Dispose() => _buffer.Dispose();
}
