using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Models;

/// <summary>
/// Keeps ONNX Runtime from reporting to its makers, which it does on Linux, too, since 1.31, to a server on the internet. Thread-safe.
/// </summary>
internal static partial class RuntimeTelemetry
{
    /// <summary>What ONNX Runtime looks at when its library begins; 1 turns reports off.</summary>
    public const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>Turns reports off, unless the variable is set by whoever started the program. Before ONNX Runtime's first use.</summary>
    /// <exception cref="DllNotFoundException">The native ONNX Runtime can't be loaded.</exception>
    public static void TurnOff()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            if (OperatingSystem.IsWindows())
            {
                Environment.SetEnvironmentVariable(Variable, "1");
            }
            else
            {
                // .NET has a copy of the environment, which native libraries do not see.
                _ = SetVariable(Variable, "1", 0);
            }

            OrtEnv.Instance().DisableTelemetryEvents();
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
