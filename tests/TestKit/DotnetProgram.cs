using System.Diagnostics;

namespace ALoRA.Onnx.TestKit;

/// <summary>
/// How tests start programs of .NET: by <c>dotnet</c>, or, where the tests themselves were published with .NET beside
/// them, for a system that has no SDK, by the executables that lie beside the tests.
/// </summary>
public static class DotnetProgram
{
    private static bool BringsDotnetAlong => File.Exists(Path.Combine(
        AppContext.BaseDirectory,
        OperatingSystem.IsWindows() ? "hostfxr.dll" : OperatingSystem.IsMacOS() ? "libhostfxr.dylib" : "libhostfxr.so"));

    /// <summary>The start of a program.</summary>
    /// <param name="assembly">Path of its assembly, as a build lays it.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ProcessStartInfo Start(string assembly, params IEnumerable<string> arguments)
    {
        if (!BringsDotnetAlong)
        {
            return new ProcessStartInfo(Host(), [assembly, .. arguments]);
        }

        string program = Path.Combine(
            AppContext.BaseDirectory, Path.GetFileNameWithoutExtension(assembly) + (OperatingSystem.IsWindows() ? ".exe" : ""));
        if (!File.Exists(program))
        {
            Assert.Inconclusive($"Skipped: these tests bring .NET along, and {Path.GetFileName(program)} was not published with them.");
        }

        return new ProcessStartInfo(program, arguments);
    }

    /// <summary>The command <c>dotnet</c>; a test that needs it is inconclusive where there is none.</summary>
    public static string Host()
    {
        if (BringsDotnetAlong)
        {
            Assert.Inconclusive("Skipped: these tests bring .NET along, and need an SDK that they do not have.");
        }

        return Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
    }
}
