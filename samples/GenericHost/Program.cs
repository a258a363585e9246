using ALoRA.Onnx;
using ALoRA.Onnx.Samples;
using GenericHost;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

const string Help =
    """
    Serves a model through dependency injection and asks it: each answer with its certainty, attacks refused by a guard,
    traces and metrics on the console.

    Options:
      --model FOLDER       A folder that `alora export` wrote, with the adapters certainty and jailbreak.
                           Default: the demo model, exported on first use.
      --question TEXT      What is asked. Default: three questions, one of them an attack.
      --telemetry false    Leaves traces and metrics out.

    All other settings: appsettings.json, environment variables, or --Alora:NAME VALUE, such as --Alora:MaxConcurrentRequests 4.
    """;
const string ChatSource = "ALoRA.Onnx.Samples.GenericHost";

if (args.Any(argument => argument is "--help" or "-h" or "-?"))
{
    Console.WriteLine(Help);
    return 0;
}

using CancellationTokenSource interrupted = new();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
};
try
{
    HostApplicationBuilder builder = Host.CreateApplicationBuilder(
        new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
    builder.Configuration.AddCommandLine(
        args,
        new Dictionary<string, string> { ["--model"] = "Alora:ModelFolder", ["--question"] = "Question", ["--telemetry"] = "Telemetry" });
    builder.Configuration["Alora:ModelFolder"] ??= await DemoModel.EnsureExportedAsync(interrupted.Token);

    builder.Services.AddAloraOnnx(builder.Configuration.GetSection("Alora"))
        .AddHealthCheck()
        .AddChatClient()
        .UseOpenTelemetry(sourceName: ChatSource)
        .UseGuard("jailbreak", answer => answer.Run.Text == "Y", "I do not answer that.")
        .UseCertainty();

    if (builder.Configuration.GetValue("Telemetry", true))
    {
        builder.Services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddSource(ChatSource, AloraDiagnostics.Name).AddConsoleExporter())
            .WithMetrics(metrics => metrics.AddMeter(ChatSource, AloraDiagnostics.Name).AddConsoleExporter());
    }

    builder.Services.AddSingleton<Questions>();
    using IHost host = builder.Build();
    await host.StartAsync();
    await host.Services.GetRequiredService<Questions>().AskAsync(
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
    await host.StopAsync();
    return 0;
}
catch (OptionsValidationException exception)
{
    Console.Error.WriteLine($"error: {string.Join(Environment.NewLine + "error: ", exception.Failures)}");
    return 1;
}
catch (OperationCanceledException)
{
    // Ctrl+C: 128 and the signal's number.
    Console.Error.WriteLine("error: cancelled.");
    return 130;
}
catch (Exception exception) when (exception is IOException or ArgumentException or FormatException or InvalidOperationException)
{
    Console.Error.WriteLine($"error: {exception.Message}");
    return 1;
}
