using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Devices;

/// <summary>
/// The memory of a device, apart from what sessions use for themselves: a captured run writes to
/// addresses of its session's own memory whenever it is replayed. Thread-safe.
/// </summary>
internal sealed class DeviceMemory : TensorMemory
{
    private readonly OrtAllocator _allocator;
    private readonly OrtMemoryInfo _memory;
    private readonly string _provider;

    /// <summary>Finds the device's memory.</summary>
    /// <exception cref="InvalidOperationException">The provider has none that programs can allocate.</exception>
    public DeviceMemory(ChosenProvider provider)
    {
        _provider = provider.Name;
        _memory = provider.Device!.GetMemoryInfo(OrtDeviceMemoryType.DEFAULT);
        OrtEnv environment = OrtEnv.Instance();
        OrtAllocator shared = environment.GetSharedAllocator(_memory);
        _allocator = shared is { IsInvalid: false } ? shared : Create(environment, provider);
    }

    public override bool IsHost => false;

    /// <summary>What tensors in this memory say of themselves.</summary>
    public OrtMemoryInfo Info => _memory;

    public override MemoryTensor Allocate(TensorElementType type, params ReadOnlySpan<long> shape)
    {
        using CaptureGate.Scope gate = CaptureGate.Enter();
        try
        {
            return new DeviceTensor(_allocator, _memory, type, shape);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InsufficientMemoryException(
                $"{ElementTypes.BytesOf(type, shape):N0} bytes are not available on the device of {_provider}: {exception.Message} Use a "
                + "shorter context, fewer conversations at a time, or a smaller precision.",
                exception);
        }
    }

    public override MemoryTensor Place(nint address, TensorElementType type, params ReadOnlySpan<long> shape) =>
        new PlacedTensor(_memory, address, type, shape);

    public override void Copy(IReadOnlyList<MemoryStretch> stretches) => Copy(stretches, _memory, _memory);

    public override void Upload(IReadOnlyList<MemoryStretch> stretches) => Copy(stretches, OrtMemoryInfo.DefaultInstance, _memory);

    public override void Download(IReadOnlyList<MemoryStretch> stretches) => Copy(stretches, _memory, OrtMemoryInfo.DefaultInstance);

    /// <summary>Copies tensors between this memory and the process's, or within this memory.</summary>
    /// <param name="from">What is copied.</param>
    /// <param name="to">Where to, of the same sizes.</param>
    public static void Copy(OrtValue[] from, OrtValue[] to)
    {
        using CaptureGate.Scope gate = CaptureGate.Enter();
        OrtEnv.Instance().CopyTensors(from, to, null!);
    }

    private static OrtAllocator Create(OrtEnv environment, ChosenProvider provider)
    {
        try
        {
            return environment.CreateSharedAllocator(
                provider.Device!, OrtDeviceMemoryType.DEFAULT, OrtAllocatorType.DeviceAllocator,
                new Dictionary<string, string>(StringComparer.Ordinal));
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InvalidOperationException(
                $"{provider.Name} has no device memory that programs can allocate, which KV caches and adapters need: "
                + $"{exception.Message} Use the CPU or CUDA.",
                exception);
        }
    }

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
            Copy(from, to);
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
