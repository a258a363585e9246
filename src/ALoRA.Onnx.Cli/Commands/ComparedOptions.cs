using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary>
/// The models that <c>alora bench</c> measures: one, two that are compared, or one that is compared with itself under other options.
/// </summary>
internal sealed class ComparedOptions
{
    private readonly Argument<string[]> _models = new("model")
    {
        Description = "An exported model folder; with --compare two of them.",
        Arity = new ArgumentArity(1, 2),
    };

    private readonly Option<bool> _compare = new("--compare")
    {
        Description = "Measure two models in turns, A and B, and print B ÷ A. With one model, B is the same with the options --compare-….",
        Arity = ArgumentArity.Zero,
    };

    private readonly Option<int?> _threads = new("--compare-threads") { Description = "Threads that compute B. Default: as A." };
    private readonly Option<string?> _provider = new("--compare-provider") { Description = "What computes B. Default: as A." };
    private readonly Option<string[]> _providerOptions = ExecutionOptions.ProviderOptions(
        "--compare-provider-option",
        "KEY=VALUE: an option of what computes B, instead of those of A. May be given several times. Default: as A, "
        + "unless something else computes.");

    private readonly Option<int?> _chunk = new("--compare-chunk")
    {
        Description = "Tokens that B computes in one run of a prefill. Default: as A.",
    };

    public ComparedOptions(Command command)
    {
        command.Add(_models);
        command.Add(_compare);
        command.Add(_threads.AtLeast(1));
        command.Add(_provider);
        command.Add(_providerOptions);
        command.Add(_chunk.AtLeast(1));
        command.Validators.Add(result =>
        {
            bool isCompared = result.GetResult(_compare) is { Implicit: false };
            bool hasOptions = new Option[] { _threads, _provider, _providerOptions, _chunk }.Any(
                option => result.GetResult(option) is { Implicit: false });
            int models = result.GetResult(_models)?.Tokens.Count ?? 0;
            if (models == 2 && !isCompared)
            {
                result.AddError("Two models are measured in turns with --compare.");
            }
            else if (hasOptions && !isCompared)
            {
                result.AddError("The options --compare-… need --compare.");
            }
            else if (models == 1 && isCompared && !hasOptions)
            {
                result.AddError("--compare needs a second model, or another option for the same one: "
                    + "--compare-threads, --compare-provider, --compare-provider-option or --compare-chunk.");
            }
        });
    }

    /// <summary>The options that say that there are two sides.</summary>
    public IEnumerable<Option> Comparing => [_compare, _threads, _provider, _providerOptions, _chunk];

    /// <summary>Folder and options of each model.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="options">Options of the first model, and of the second as far as nothing else was said.</param>
    public IEnumerable<(string Folder, AloraModelOptions Options)> Read(ParseResult arguments, AloraModelOptions options)
    {
        string[] models = arguments.GetRequiredValue(_models);
        yield return (models[0], options);
        if (arguments.GetValue(_compare))
        {
            yield return (models[^1], options with
            {
                IntraOpThreads = arguments.GetValue(_threads) ?? options.IntraOpThreads,
                PrefillChunkSize = arguments.GetValue(_chunk) ?? options.PrefillChunkSize,
                ExecutionProvider = ReadProvider(arguments, options.ExecutionProvider),
            });
        }
    }

    private ExecutionProvider ReadProvider(ParseResult arguments, ExecutionProvider first)
    {
        ExecutionProvider provider = arguments.GetValue(_provider) is { } name
            ? ProviderNames.Read(_provider.Name, name, first.LibraryPath)
            : first;

        // The first model's device is meant for the second as well, unless that is the CPU's, which has no other than its first.
        provider = provider.Name == ExecutionProvider.Cpu.Name ? provider with { DeviceIndex = 0 }
            : provider with { DeviceIndex = first.DeviceIndex };
        Dictionary<string, string> options = ExecutionOptions.ReadProviderOptions(arguments, _providerOptions);
        return options.Count > 0 ? provider with { Options = options } : provider;
    }
}
