using System.Diagnostics;

namespace ALoRA.Onnx.Extensions.AI.Tests.Samples;

/// <summary>A sample as a user runs it.</summary>
internal sealed record SampleRun(int ExitCode, string Output, string Error)
{
    /// <summary>Runs one that was built along with the tests.</summary>
    public static async Task<SampleRun> StartAsync(string name, params string[] arguments)
    {
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string binary = Path.Combine(AppContext.BaseDirectory, "..", "..", name, configuration, name + ".dll");
        ProcessStartInfo start = DotnetProgram.Start(binary, arguments);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.StandardOutputEncoding = System.Text.Encoding.UTF8;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new SampleRun(process.ExitCode, output, await error);
    }
}
