using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Devices;

/// <summary>The memory of the device that a session computes on. Closed by whoever owns the session, after all tensors.</summary>
internal sealed class DeviceMemory : TensorMemory, IDisposable
{
    private readonly OrtAllocator _allocator;
    private readonly OrtMemoryInfo _memory;
    private readonly string _provider;

    public DeviceMemory(InferenceSession session, ChosenProvider provider)
    {
        _provider = provider.Name;
        _memory = provider.Device!.GetMemoryInfo(OrtDeviceMemoryType.DEFAULT);
        _allocator = new OrtAllocator(session, _memory);
    }

    public override bool IsHost => false;

    public override MemoryTensor Allocate(TensorElementType type, params ReadOnlySpan<long> shape)
    {
        try
        {
            return new DeviceTensor(_allocator, _memory, type, shape);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InsufficientMemoryException(
                $"{ElementTypes.BytesOf(type, shape):N0} bytes are not available on the device of {_provider}: {exception.Message} Use a shorter context, fewer conversations at a time, or a smaller precision.", exception);
        }
    }

    public override void Copy(IReadOnlyList<MemoryStretch> stretches) => Copy(stretches, _memory, _memory);

    public override void Upload(IReadOnlyList<MemoryStretch> stretches) => Copy(stretches, OrtMemoryInfo.DefaultInstance, _memory);

    public override void Download(IReadOnlyList<MemoryStretch> stretches) => Copy(stretches, _memory, OrtMemoryInfo.DefaultInstance);

    /// <inheritdoc/>
    public void Dispose() => _allocator.Dispose();

    private static void Copy(IReadOnlyList<MemoryStretch> stretches, OrtMemoryInfo source, OrtMemoryInfo target)
    {
        if (stretches.Count == 0)
        {
            return;
        }

        OrtValue[] from = [.. stretches.Select(stretch => View(source, stretch.From, stretch.Bytes))];
        OrtValue[] to = [.. stretches.Select(stretch => View(target, stretch.To, stretch.Bytes))];
        try
        {
            OrtEnv.Instance().CopyTensors(from, to, null!);
        }
        finally
        {
            foreach (OrtValue view in from.Concat(to))
            {
                view.Dispose();
            }
        }
    }

    private static OrtValue View(OrtMemoryInfo memory, nint address, long bytes) =>
        OrtValue.CreateTensorValueWithData(memory, TensorElementType.UInt8, [bytes], address, bytes);
}
