using System.Text;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>Kernels that were compiled together, loaded for the rest of the process. Immutable; any thread.</summary>
/// <param name="device">The GPU.</param>
/// <param name="module">The driver's handle.</param>
/// <param name="architecture">Compute capability that they were compiled for, which may be older than the GPU's.</param>
internal sealed unsafe class KernelModule(CudaDevice device, nint module, int architecture)
{
    private const int MostBlockBytes = 8;

    /// <summary>Whether they can be started before the one in front has ended.</summary>
    public bool HasDependentLaunch => CudaDevice.CanDepend(architecture);

    /// <summary>The GPU.</summary>
    public CudaDevice Device => device;

    /// <summary>A kernel.</summary>
    /// <param name="name">Its name in the text.</param>
    public nint Kernel(string name)
    {
        nint function;
        using CudaDevice.Scope scope = device.Use();
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            device.Driver.Check(
                ((delegate* unmanaged<nint*, nint, byte*, int>)device.Driver.Entry("cuModuleGetFunction"))(&function, module, text),
                $"finding the kernel {name}");
        }

        return function;
    }

    /// <summary>Forms of a kernel, by their numbers.</summary>
    public nint[] Kernels(string name, params ReadOnlySpan<int> forms)
    {
        nint[] kernels = new nint[forms.Length];
        for (int index = 0; index < forms.Length; index++)
        {
            kernels[index] = Kernel($"{name}_{forms[index]}");
        }

        return kernels;
    }

    /// <summary>Lets a kernel's blocks have more memory of their own than kernels have without asking.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="bytes">Most of it.</param>
    public void AllowBlockBytes(nint kernel, int bytes)
    {
        using CudaDevice.Scope scope = device.Use();
        device.Driver.Check(
            ((delegate* unmanaged<nint, int, int, int>)device.Driver.Entry("cuFuncSetAttribute"))(kernel, MostBlockBytes, bytes),
            "giving blocks memory");
    }

    /// <summary>How kernels of a type of numbers end.</summary>
    public static string SuffixOf(TensorElementType type) => type switch
    {
        TensorElementType.Float16 => "f16",
        TensorElementType.BFloat16 => "bf16",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Expected float16 or bfloat16."),
    };
}
