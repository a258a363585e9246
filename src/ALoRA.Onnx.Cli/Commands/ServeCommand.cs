using System.CommandLine;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Server;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora serve</c>: a model behind an HTTP API as OpenAI's, until it is told to stop.</summary>
internal sealed class ServeCommand : AloraCommand
{
    private const string ProviderLibrary = "--provider-library";

    private readonly Argument<string?> _model = new("model")
    {
        Description = "An exported model folder. May be in appsettings.json or ALORA_MODEL instead.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string[]> _providerOptions = ExecutionOptions.ProviderOptions(
        "--provider-option", "KEY=VALUE: an option of the provider by its own name. May be given several times.");

    private readonly IReadOnlyList<Option> _settings =
    [
        new Option<string?>("--urls")
        {
            Description = "Addresses to listen at, with semicolons between. Default: http://127.0.0.1:8080. Others than this machine's "
                + "need --api-key-file or --no-auth.",
        },
        new Option<string?>("--api-key-file")
        {
            Description = "File with one key a line, # begins a comment: who may ask. Each key has a cache of its own.",
        },
        new Option<string?>("--admin-key-file")
        {
            Description = "File with the keys of those who may load and unload adapters and replace the model.",
        },
        new Option<string?>("--adapters-folder") { Description = "Folder whose adapters may be loaded by request, with an admin key." },
        new Option<bool>("--no-auth") { Description = "Serve other machines without asking for keys." },
        new Option<int?>("--max-queue") { Description = "Requests that wait at most; more are answered 429. Default: 256." }.AtLeast(0),
        new Option<int?>("--max-requests-per-key")
        {
            Description = "Requests of one key at the same time. Default: any number.",
        }.AtLeast(1),
        new Option<long?>("--tokens-per-minute-per-key")
        {
            Description = "Tokens of one key in a minute, without cached ones of prompts. Default: any number.",
        }.AtLeast(1),
        new Option<int?>("--max-context-tokens")
        {
            Description = "Tokens of a prompt and its answer at most. Default: the model's context length.",
        }.AtLeast(1),
        new Option<int?>("--max-rows") { Description = "Requests computed in one step at most. Default: 16." }.AtLeast(1),
        new Option<int?>("--adapters-per-step") { Description = "Different adapters in one step at most. Default: 8." }.AtLeast(1),
        new Option<long?>("--cache-bytes") { Description = "Memory for keys and values. Default: as much as the rows need." }.AtLeast(1),
        new Option<string?>("--costs-file")
        {
            Description = "What runs cost here, from `alora bench --batch 1,2,4,8,16 --costs FILE`. Default: it is measured at the start.",
        },
        new Option<double?>("--measure-time")
        {
            Description = "Seconds for that measurement, before the server is ready; 0 for none. Default: 1.",
        }.Within(seconds => seconds >= 0, "0 or more"),
        new Option<string?>("--model-name") { Description = "The base model's name in requests. Default: that of the export." },
        new Option<bool>("--strict") { Description = "Refuse requests with fields that are unknown, instead of naming them in a header." },
        new Option<long?>("--max-body-bytes") { Description = "Largest request; larger ones are answered 413. Default: 16777216." }.AtLeast(
            1),
        new Option<int?>("--drain-timeout")
        {
            Description = "Seconds that running requests have to end when the server stops. Default: 30.",
        }.AtLeast(0),
        new Option<bool>("--no-page") { Description = "Leave out the page at /, on which people talk with the model and look on." },
        new Option<bool>("--log-message-text") { Description = "Log the texts of requests and answers." },
        new Option<string?>("--provider")
        {
            Description = "What computes: auto, cpu, cuda, or the name of another execution provider of ONNX Runtime. Default: auto.",
        },
        new Option<string?>(ProviderLibrary)
        {
            Description = "Path of the provider's library, if it does not lie beside the program.",
        },
        new Option<string?>("--operators")
        {
            Description = "Whether tokens of adapters are computed by operators of ALoRA.Onnx's own: auto or off. Default: auto.",
        }.OneOf("auto", "off"),
        new Option<int?>("--device") { Description = "Which of several devices, counted from 0." }.AtLeast(0),
        new Option<int?>("--threads") { Description = "Threads that compute. Default: the physical cores." }.AtLeast(1),
        .. ServedCluster.Options,
    ];

    public ServeCommand(Terminal terminal)
        : base(
            "serve",
            "Serve a model over HTTP, as OpenAI does: base model, adapters and intrinsics of many users in one "
            + "batch. Every option may also "
            + "be a key of appsettings.json (MaxQueue) or of the environment (ALORA_MAX_QUEUE).",
            terminal,
            "alora serve onnx-models/demo",
            "alora serve onnx-models/granite --urls http://0.0.0.0:8080 --api-key-file keys.txt --max-queue 64",
            "alora serve onnx-models/granite --admin-key-file admin.txt --adapters-folder adapters",
            "alora serve onnx-models/granite --cluster redis://redis:6379 --cluster-advertised-address 10.0.0.5 --cluster-no-tls")
    {
        Add(_model);
        foreach (Option option in _settings)
        {
            Add(option);
            if (option.Name == ProviderLibrary)
            {
                Add(_providerOptions);
            }
        }
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        Dictionary<string, string?> flags = ReadFlags(arguments);
        ServerOptions options = ServerOptions.Load(folder: null, flags);
        await using AloraServer server = await ServedCluster.StartAsync(options, flags, cancellationToken);
        using PosixSignalRegistration? reload = ReloadOnHangup(server);
        await WelcomeAsync(server, options);
        await server.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Done;
    }

    private Dictionary<string, string?> ReadFlags(ParseResult arguments)
    {
        Dictionary<string, string?> flags = [];
        if (arguments.GetValue(_model) is { } model)
        {
            flags[nameof(ServerOptions.Model)] = model;
        }

        foreach (Option option in _settings)
        {
            if (arguments.GetResult(option) is { Implicit: false } given)
            {
                flags[option.Name[2..]] = given.Tokens.Count > 0 ? given.Tokens[0].Value : "true";
            }
        }

        foreach ((string key, string value) in ExecutionOptions.ReadProviderOptions(arguments, _providerOptions))
        {
            flags[$"{nameof(ServerOptions.ProviderOptions)}:{key}"] = value;
        }

        return flags;
    }

    // A daemon's signal to read again what it serves. At a terminal it means that the terminal is gone, and ends the program.
    private PosixSignalRegistration? ReloadOnHangup(AloraServer server) =>
        Terminal.IsInputInteractive || OperatingSystem.IsWindows()
            ? null
            : PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                _ = ReloadAsync(server);
            });

    private async Task ReloadAsync(AloraServer server)
    {
        try
        {
            await server.ReloadModelAsync();
        }
#pragma warning disable CA1031 // Nobody waits for it; the model of before serves on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await Terminal.Error.WriteLineAsync($"error: The model was not replaced: {ErrorSentence.Of(exception).Text}");
        }
    }

    private async Task WelcomeAsync(AloraServer server, ServerOptions options)
    {
        TextWriter output = Terminal.Output;
        IReadOnlyList<string> addresses = server.Addresses;
        foreach (string address in addresses)
        {
            await output.WriteLineAsync(address);
        }

        string adapters = server.AdapterNames.Count == 0 ? "none" : string.Join(", ", server.AdapterNames);
        string key = options.ApiKeyFile is null ? "" : "-H \"Authorization: Bearer $KEY\" ";
        await output.WriteLineAsync($"model     {server.ModelName} ({options.Model})");
        await output.WriteLineAsync($"adapters  {adapters}");
        if (!options.NoPage && addresses.FirstOrDefault(address => !address.Contains("://unix:", StringComparison.Ordinal)) is { } open)
        {
            await output.WriteLineAsync($"page      {open}/");
        }

        await output.WriteLineAsync(
            $"try       curl {addresses[0]}/v1/chat/completions {key}-H \"Content-Type: application/json\" "
            + $"-d '{{\"model\": \"{server.ModelName}\", \"messages\": [{{\"role\": \"user\", \"content\": \"What is 47 + 38?\"}}]}}'");

        // Whoever reads this through a pipe waits for it.
        await output.FlushAsync();
    }
}
