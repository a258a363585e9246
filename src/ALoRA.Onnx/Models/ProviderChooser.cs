using ALoRA.Onnx.Devices;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Models;

/// <summary>
/// Turns the provider that was asked for into one that is there, registering its library with ONNX Runtime if that was not done before.
/// </summary>
internal static class ProviderChooser
{
    private const string CudaLibraryOfLinux = "libonnxruntime_providers_cuda.so";
    private const string CudaLibraryOfWindows = "onnxruntime_providers_cuda.dll";

    /// <summary>Chooses.</summary>
    /// <param name="wanted">What was asked for.</param>
    /// <param name="manifest">The model, whose element type decides for <see cref="ExecutionProvider.Auto"/>.</param>
    /// <exception cref="InvalidOperationException">The provider is not there, or cannot compute the model.</exception>
    public static ChosenProvider Choose(ExecutionProvider wanted, ModelManifest manifest)
    {
        string type = manifest.Precision.Activations;
        switch (wanted.Name)
        {
            case ExecutionProvider.AutoName:
                return ChooseBest(wanted, manifest, type);
            case ExecutionProvider.CpuName:
                return type == "bfloat16" ? throw NoCpuKernels(manifest, "the CPU was asked for") : Cpu(wanted, "it was asked for");
            case ExecutionProvider.CudaName when type == "float32":
                throw new InvalidOperationException(
                    $"The model '{manifest.Name}' computes in float32, for which ONNX Runtime's CUDA provider has no attention. Export it "
                    + "with --precision float16 or bfloat16, or use the CPU.");
            default:
                return TryFind(wanted, wanted.Name, out string problem) ?? throw new InvalidOperationException(problem);
        }
    }

    private static ChosenProvider ChooseBest(ExecutionProvider wanted, ModelManifest manifest, string type)
    {
        if (type == "float32")
        {
            return Cpu(wanted, "the model computes in float32, for which there is no CUDA attention");
        }

        return TryFind(wanted, ExecutionProvider.CudaName, out string problem) is ChosenProvider cuda
            ? cuda with { Reason = $"the model computes in {type} and there is a CUDA device" }
            : type == "bfloat16"
                ? throw NoCpuKernels(manifest, problem)
                : Cpu(wanted, $"CUDA cannot be used: {problem} The CPU converts float16 to float32 and back, which is slow");
    }

    private static ChosenProvider Cpu(ExecutionProvider wanted, string reason)
    {
        wanted.CheckIsFirstDevice(reason);
        return new(ExecutionProvider.CpuName, reason, Device: null, new Dictionary<string, string>(StringComparer.Ordinal));
    }

    private static InvalidOperationException NoCpuKernels(ModelManifest manifest, string why) =>
        new($"The model '{manifest.Name}' computes in bfloat16, for which the CPU has no kernels, and {why} Export it with --precision "
            + "float32 or int4 for the CPU, or use CUDA.");

    /// <summary>Finds a device for graphs that are not the folder's own, whatever the model computes in.</summary>
    /// <param name="wanted">What was asked for.</param>
    /// <exception cref="InvalidOperationException">The provider is not there.</exception>
    public static ChosenProvider Find(ExecutionProvider wanted) => wanted.Name == ExecutionProvider.CpuName
        ? Cpu(wanted, "it was asked for")
        : TryFind(wanted, wanted.Name, out string problem) ?? throw new InvalidOperationException(problem);

    private static ChosenProvider? TryFind(ExecutionProvider wanted, string name, out string problem)
    {
        OrtEnv environment = OrtEnv.Instance();
        OrtEpDevice[] devices = DevicesOf(environment, name);
        problem = "";
        if (devices.Length == 0)
        {
            problem = Register(environment, wanted, name);
            devices = DevicesOf(environment, name);
        }

        if (wanted.DeviceIndex < devices.Length)
        {
            return new ChosenProvider(name, "it was asked for", devices[wanted.DeviceIndex], wanted.Options);
        }

        problem = problem.Length > 0 ? problem
            : devices.Length == 0
                ? $"{name} is loaded but found no device. Check the driver and that the device is visible to this process."
            : $"There are {devices.Length} devices for {name}, so that there is no device {wanted.DeviceIndex}.";
        return null;
    }

    private static OrtEpDevice[] DevicesOf(OrtEnv environment, string name) =>
        [.. environment.GetEpDevices().Where(device => device.EpName == name
            || (name == ExecutionProvider.CudaName && device.EpName.Contains("CUDA", StringComparison.OrdinalIgnoreCase)))];

    private static string Register(OrtEnv environment, ExecutionProvider wanted, string name)
    {
        string? library = wanted.LibraryPath ?? (name == ExecutionProvider.CudaName ? FindCudaLibrary() : null);
        if (library is null)
        {
            return name == ExecutionProvider.CudaName
                ? $"{CudaLibrary} was not found beside the program. The tool: `dotnet tool install ALoRA.Onnx.Cli.Cuda` instead of "
                    + "ALoRA.Onnx.Cli brings it along, --provider-library names one that lies elsewhere. A program of yours: reference "
                    + $"Microsoft.ML.OnnxRuntime.Gpu instead of Microsoft.ML.OnnxRuntime, or set {nameof(ExecutionProvider)}."
                    + $"{nameof(ExecutionProvider.LibraryPath)}."
                : $"ONNX Runtime has no {name}. Name its library with {nameof(ExecutionProvider)}.{nameof(ExecutionProvider.LibraryPath)}.";
        }

        try
        {
            environment.RegisterExecutionProviderLibrary(name, Path.GetFullPath(library));
            return "";
        }
        catch (OnnxRuntimeException exception)
        {
            return $"{library} cannot be used: {exception.Message}" + (name == ExecutionProvider.CudaName
                ? $" It needs NVIDIA's driver and the libraries of CUDA 13 (runtime, cuBLAS, cuRAND) where the system looks for libraries "
                    + $"({(OperatingSystem.IsWindows() ? "PATH" : "LD_LIBRARY_PATH")})."
                : "");
        }
    }

    private static string CudaLibrary => OperatingSystem.IsWindows() ? CudaLibraryOfWindows : CudaLibraryOfLinux;

    // Where the host resolves native libraries of packages, and the program's own folder.
    private static string? FindCudaLibrary() => ((AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string) ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Append(AppContext.BaseDirectory)
        .Select(folder => Path.Combine(folder, CudaLibrary))
        .FirstOrDefault(File.Exists);
}
