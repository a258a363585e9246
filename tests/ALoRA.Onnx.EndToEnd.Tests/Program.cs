using ALoRA.Onnx.EndToEnd.Tests.Processes;
using Microsoft.Testing.Platform.Builder;

namespace ALoRA.Onnx.EndToEnd.Tests;

/// <summary>Runs the tests, or what one of them wants to have in a process of its own, to be measured or ended there.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args is [ChildProcess.Flag, string work, .. string[] rest])
        {
            return await ChildProcess.RunAsync(work, rest);
        }

        ITestApplicationBuilder builder = await TestApplication.CreateBuilderAsync(args);
        builder.AddSelfRegisteredExtensions(args);
        using ITestApplication app = await builder.BuildAsync();
        return await app.RunAsync();
    }
}
