using System.Runtime.InteropServices;
using ALoRA.Onnx.Models;

namespace ALoRA.Onnx.Tests.Models;

[TestClass]
public sealed class RuntimeTelemetryTests
{
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint GetVariable(nint name);

    // .NET's own copy of the environment says nothing of what a native library sees.
    [TestMethod]
    public void TurnOff_BeforeTheFirstUse_IsSeenByNativeCode()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("On Windows .NET sets variables of the process itself.");
        }

        RuntimeTelemetry.TurnOff();

        GetVariable read = Marshal.GetDelegateForFunctionPointer<GetVariable>(
            NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "getenv"));
        nint name = Marshal.StringToCoTaskMemUTF8(RuntimeTelemetry.Variable);
        string? value = Marshal.PtrToStringUTF8(read(name));
        Marshal.FreeCoTaskMem(name);
        Assert.AreEqual(Environment.GetEnvironmentVariable(RuntimeTelemetry.Variable) ?? "1", value);
    }
}
