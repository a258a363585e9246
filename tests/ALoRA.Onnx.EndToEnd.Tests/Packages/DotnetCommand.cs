using System.Diagnostics;

namespace ALoRA.Onnx.EndToEnd.Tests.Packages;

/// <summary>The .NET SDK as a person calls it, apart from the build that these tests may run in.</summary>
internal static class DotnetCommand
{
    /// <summary>Runs <c>dotnet</c>, which must end well.</summary>
    /// <param name="folder">The working directory.</param>
    /// <param name="arguments">What follows <c>dotnet</c>.</param>
    /// <returns>What it wrote to its output.</returns>
    public static Task<string> RunAsync(string folder, params string[] arguments) =>
        RunProgramAsync(DotnetProgram.Host(), folder, arguments);

    /// <summary>Runs a program, which must end well.</summary>
    public static async Task<string> RunProgramAsync(string program, string folder, params string[] arguments)
    {
        (int exitCode, string output, string error) = await TryAsync(program, folder, arguments);
        Assert.AreEqual(0, exitCode, $"{Path.GetFileName(program)} {string.Join(' ', arguments)}\n{output}\n{error}");
        return output;
    }

    /// <summary>Runs a program.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> TryAsync(string program, string folder, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        foreach (string name in start.Environment.Keys.Where(IsOfAnotherBuild).ToArray())
        {
            start.Environment.Remove(name);
        }

        // Processes that stay would hold the pipes that are read to their end.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await error);
    }

    private static bool IsOfAnotherBuild(string name) =>
        name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("TESTINGPLATFORM", StringComparison.OrdinalIgnoreCase);
}
