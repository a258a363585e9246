using System.Diagnostics;

namespace ALoRA.Onnx.EndToEnd.Tests.Processes;

/// <summary>This program once more, doing one piece of work instead of running tests.</summary>
internal static class ChildProcess
{
    /// <summary>The first argument, before the name of the work.</summary>
    public const string Flag = "--child";

    /// <summary>Starts a process whose output can be read and whose input can be written.</summary>
    public static Process Start(string work, params string[] arguments)
    {
        string assembly = typeof(ChildProcess).Assembly.Location;
        bool isProgram = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == Path.GetFileNameWithoutExtension(assembly);
        ProcessStartInfo start = isProgram
            ? new ProcessStartInfo(Environment.ProcessPath!, [Flag, work, .. arguments])
            : DotnetProgram.Start(assembly, [Flag, work, .. arguments]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardInput = true;
        start.RedirectStandardError = true;
        return Process.Start(start)!;
    }

    /// <summary>What a process that does a piece of work says, once it has ended well.</summary>
    public static async Task<string> OutputOfAsync(string work, params string[] arguments)
    {
        using Process process = Start(work, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.AreEqual(0, process.ExitCode, await errors);
        return output;
    }

    /// <summary>Does the work in this process.</summary>
    public static Task<int> RunAsync(string work, string[] arguments) => work switch
    {
        nameof(WritingWork) => WritingWork.RunAsync(arguments),
        nameof(AdapterWork) => AdapterWork.RunAsync(arguments),
        nameof(MemoryWork) => MemoryWork.RunAsync(arguments),
        _ => throw new ArgumentException($"There is no work '{work}'."),
    };
}
