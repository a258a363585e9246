namespace ALoRA.Onnx;

/// <summary>Where a model runs: on the CPU or on a device, through one of ONNX Runtime's execution providers.</summary>
/// <remarks>
/// CPU and CUDA are tested. Other providers of ONNX Runtime (<c>DmlExecutionProvider</c>, <c>OpenVINOExecutionProvider</c>, …) can be
/// chosen with <see cref="Named"/>; whether they have kernels for the operators of the graphs was not tried.
/// </remarks>
public sealed record ExecutionProvider
{
    internal const string CpuName = "CPUExecutionProvider";
    internal const string CudaName = "CUDAExecutionProvider";
    internal const string AutoName = "auto";

    private ExecutionProvider(string name) => Name = name;

    /// <summary>
    /// CUDA for models in float16 and bfloat16 if a CUDA device and the provider's library are found, otherwise the CPU.
    /// The choice and its reason are logged.
    /// </summary>
    public static ExecutionProvider Auto { get; } = new(AutoName);

    /// <summary>The CPU. For models in float32, int4, int8 and GGUF's blocks.</summary>
    public static ExecutionProvider Cpu { get; } = new(CpuName);

    /// <summary>An NVIDIA device. For models in float16 and bfloat16; ONNX Runtime has no CUDA attention in float32.</summary>
    public static ExecutionProvider Cuda { get; } = new(CudaName);

    /// <summary>Name of the provider as ONNX Runtime spells it, or <c>auto</c>.</summary>
    public string Name { get; }

    /// <summary>
    /// Path of the provider's library, such as <c>libonnxruntime_providers_cuda.so</c> or that of a separately shipped provider package.
    /// The default, null, looks beside the program and among its native libraries.
    /// </summary>
    public string? LibraryPath { get; init; }

    /// <summary>
    /// Index of the device if there are several, from 0. The default value is 0, and the CPU has no other: a model that would be computed
    /// by the CPU is not opened with another one.
    /// </summary>
    public int DeviceIndex { get; init; }

    /// <summary>Options of the provider by its own names, such as <c>gpu_mem_limit</c>. The default is none.</summary>
    /// <remarks>
    /// With CUDA, runs of up to 32 tokens are captured and replayed as CUDA graphs; <c>enable_cuda_graph</c> = 0 switches that off.
    /// </remarks>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A provider by its name in ONNX Runtime, or by one of the short names <c>auto</c>, <c>cpu</c> and <c>cuda</c>.</summary>
    /// <param name="name">The name; case is ignored for the short names.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static ExecutionProvider Named(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return name.ToUpperInvariant() switch
        {
            "AUTO" => Auto,
            "CPU" => Cpu,
            "CUDA" => Cuda,
            _ => new ExecutionProvider(name),
        };
    }

    internal void Check() => ArgumentOutOfRangeException.ThrowIfNegative(DeviceIndex);

    /// <summary>Refuses an index of a device where the CPU computes: whoever gave one expects a device.</summary>
    /// <param name="reason">Why the CPU computes.</param>
    /// <exception cref="InvalidOperationException">The index is not 0.</exception>
    internal void CheckIsFirstDevice(string reason)
    {
        if (DeviceIndex > 0)
        {
            throw new InvalidOperationException(
                $"Device {DeviceIndex} was asked for, but the CPU computes here, which is device 0 alone ({reason}). Leave the device out, "
                + "or ask for a provider that has devices, such as CUDA.");
        }
    }
}
