using ALoRA.Onnx.Operators.Cuda;

namespace ALoRA.Onnx.Tests.Operators.Cuda;

[TestClass]
public sealed class NativeLibrariesTests
{
    private static readonly string[] Absent = ["libalora-is-nowhere.so.13", "alora-is-nowhere.dll"];

    // A library that every system has, which is neither the driver nor the compiler.
    private static readonly string[] Other = OperatingSystem.IsWindows()
        ? ["kernel32.dll"]
        : OperatingSystem.IsMacOS() ? ["libSystem.dylib"] : ["libc.so.6"];

    [TestMethod]
    public void Driver_ThatIsAbsent_IsAReasonThatNamesWhatWasLookedFor()
    {
        Assert.IsFalse(CudaDriver.TryLoad(Absent, out CudaDriver? driver, out string? reason));
        Assert.IsNull(driver);
        Assert.AreEqual(
            "CUDA's driver (libalora-is-nowhere.so.13, alora-is-nowhere.dll) was not found; install NVIDIA's driver, 520 or newer", reason);
    }

    [TestMethod]
    public void Driver_ThatIsAnotherLibrary_IsAReasonThatNamesIt()
    {
        Assert.IsFalse(CudaDriver.TryLoad(Other, out _, out string? reason));
        Assert.AreEqual($"{Other[0]} has no cuLaunchKernelEx: it is too old; install NVIDIA's driver, 520 or newer", reason);
    }

    [TestMethod]
    public void Compiler_ThatIsAbsent_IsAReasonThatSaysWhatToInstall()
    {
        Assert.IsFalse(KernelCompiler.TryLoad(Absent, out KernelCompiler? compiler, out string? reason));
        Assert.IsNull(compiler);
        Assert.AreEqual(
            "CUDA's run-time compiler (libalora-is-nowhere.so.13, alora-is-nowhere.dll) was not found; install NVRTC of CUDA 12 or 13, and "
            + "put its folder where the system looks for libraries",
            reason);
    }

    [TestMethod]
    public void Compiler_ThatIsAnotherLibrary_IsAReasonThatNamesIt()
    {
        Assert.IsFalse(KernelCompiler.TryLoad(Other, out _, out string? reason));
        Assert.AreEqual($"{Other[0]} has no nvrtcVersion; install NVRTC of CUDA 12 or 13", reason);
    }

    [TestMethod]
    public void Names_OfThisSystem_AreItsOwn()
    {
        string ending = OperatingSystem.IsWindows() ? ".dll" : ".so";
        Assert.IsTrue(CudaDriver.Names.Concat(KernelCompiler.Names).All(name => name.Contains(ending, StringComparison.Ordinal)));
        Assert.IsGreaterThanOrEqualTo(2, KernelCompiler.Names.Count);
    }
}
