using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>Attention of a few new rows for one type of numbers. Immutable; any thread.</summary>
internal sealed unsafe class AttentionKernels
{
    /// <summary>Most heads of keys, times sequences, times sets of 64 queries.</summary>
    public const int MostGroups = 16384;

    private const int Threads = 128;

    private readonly nint[] _forms;

    /// <summary>Finds the kernels.</summary>
    /// <param name="module">Where.</param>
    /// <param name="type">Float16 or bfloat16.</param>
    public AttentionKernels(KernelModule module, TensorElementType type)
    {
        Device = module.Device;
        _forms = module.Kernels($"attention_{KernelModule.SuffixOf(type)}", 64, 128);
    }

    /// <summary>The GPU.</summary>
    public CudaDevice Device { get; }

    /// <summary>Launches it.</summary>
    /// <param name="arguments">What it reads and writes.</param>
    /// <param name="size">Numbers of a head: 64 or 128.</param>
    /// <param name="groups">Heads of keys, times sequences, times sets of queries.</param>
    /// <param name="stream">Where.</param>
    public void Launch(ref AttentionArguments arguments, int size, int groups, nint stream)
    {
        fixed (AttentionArguments* place = &arguments)
        {
            Device.Driver.Launch(_forms[size == 64 ? 0 : 1], arguments.Splits, groups, Threads, stream, Device.HasDependentLaunch, place);
        }
    }
}
