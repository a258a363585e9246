using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>What is sent to one process, by its own handle.</summary>
internal static class Signals
{
    private const int Quit = 3;
    private const int Terminate = 15;
    private const int ContinueOnLinux = 18;
    private const int StopOnLinux = 19;
    private const int ContinueOnMac = 19;
    private const int StopOnMac = 17;

    /// <summary>Asks it to end.</summary>
    public static void Term(Process process) => Send(process, Terminate);

    /// <summary>Asks it to end at once.</summary>
    public static void EndAtOnce(Process process) => Send(process, Quit);

    /// <summary>Lets it compute nothing until it may go on.</summary>
    public static void Stop(Process process) => Send(process, OperatingSystem.IsMacOS() ? StopOnMac : StopOnLinux);

    /// <summary>Lets it go on.</summary>
    public static void Continue(Process process) => Send(process, OperatingSystem.IsMacOS() ? ContinueOnMac : ContinueOnLinux);

    private static void Send(Process process, int signal)
    {
        int result = process.HasExited ? 0 : Kill(process.Id, signal);
        Assert.AreEqual(0, result, $"Signal {signal} to process {process.Id}: error {Marshal.GetLastPInvokeError()}.");
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
