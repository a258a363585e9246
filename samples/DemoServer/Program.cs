using System.CommandLine;
using ALoRA.Onnx.Samples;
using ALoRA.Onnx.Server;

Option<string?> modelFolder = new("--model", "-m")
{
    Description = "A folder that `alora export` wrote. Default: the demo model, exported on first use.",
};
Option<string> urls = new("--urls")
{
    Description = "Where to listen.",
    DefaultValueFactory = _ => "http://127.0.0.1:8080",
};
RootCommand command = new("Serves a model and its adapters as OpenAI's API does; Ctrl+C ends it.") { modelFolder, urls };

command.SetAction(async (arguments, cancellationToken) =>
{
    string folder = arguments.GetValue(modelFolder) ?? await DemoModel.EnsureExportedAsync(cancellationToken);
    await using AloraServer server = await AloraServer.StartAsync(
        new ServerOptions { Model = folder, Urls = arguments.GetRequiredValue(urls) }, cancellationToken: cancellationToken);
    Console.WriteLine($"{server.ModelName} and {string.Join(", ", server.AdapterNames)} at {string.Join(", ", server.Addresses)}");
    await server.WaitForShutdownAsync(cancellationToken);
});
return await command.Parse(args).InvokeAsync();
