using System.CommandLine;
using System.CommandLine.Parsing;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>The options of commands that compute with a model: on what, and with how many threads.</summary>
internal sealed class ExecutionOptions
{
    private const string Auto = "auto";
    private const string Off = "off";

    private readonly Option<string> _provider = new("--provider")
    {
        HelpName = "auto|cpu|cuda|name",
        CompletionSources = { "auto", "cpu", "cuda" },
        Description = "What computes: auto, cpu, cuda, or the name of another execution provider of ONNX Runtime.",
        DefaultValueFactory = _ => Auto,
    };

    private readonly Option<string?> _library = new("--provider-library")
    {
        Description = "Path of the provider's library, if it does not lie beside the program.",
    };
    private readonly Option<int> _device = new("--device") { Description = "Which of several devices, counted from 0." };
    private readonly Option<string[]> _providerOptions = ProviderOptions(
        "--provider-option",
        "KEY=VALUE: an option of the provider by its own name, such as gpu_mem_limit, or enable_cuda_graph=0 to launch every kernel anew. "
        + "May be given several times.");

    private readonly Option<string> _operators = new("--operators")
    {
        Description = "Whether tokens of adapters are computed by operators of ALoRA.Onnx's own, where model and machine have them: auto "
            + "or off.",
        DefaultValueFactory = _ => Auto,
    };

    private readonly Option<int?> _threads = new("--threads") { Description = "Threads that compute. Default: the physical cores." };

    public ExecutionOptions(Command command)
    {
        command.Add(_provider);
        command.Add(_library);
        command.Add(_device.AtLeast(0));
        command.Add(_providerOptions);
        command.Add(_operators.OneOf(Auto, Off));
        command.Add(_threads.AtLeast(1));
    }

    public AloraModelOptions Read(ParseResult arguments) => new()
    {
        IntraOpThreads = arguments.GetValue(_threads),
        Operators = arguments.GetRequiredValue(_operators) == Off ? OperatorUse.Off : OperatorUse.Auto,
        ExecutionProvider = ProviderNames.Read(_provider.Name, arguments.GetRequiredValue(_provider), arguments.GetValue(_library)) with
        {
            DeviceIndex = arguments.GetValue(_device),
            Options = ReadProviderOptions(arguments, _providerOptions),
        },
    };

    /// <summary>An option that takes options of a provider.</summary>
    public static Option<string[]> ProviderOptions(string name, string description) =>
        new(name) { Description = description, CustomParser = ParseOptions };

    /// <summary>The provider's options that were given with such an option.</summary>
    public static Dictionary<string, string> ReadProviderOptions(ParseResult arguments, Option<string[]> option) =>
        (arguments.GetValue(option) ?? [])
            .Select(given => given.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    private static string[]? ParseOptions(ArgumentResult result)
    {
        string[] options = [.. result.Tokens.Select(token => token.Value)];
        HashSet<string> keys = new(StringComparer.Ordinal);
        foreach (string option in options)
        {
            if (option.IndexOf('=', StringComparison.Ordinal) < 1)
            {
                result.AddError(
                    $"{((OptionResult)result.Parent!).Option.Name} must be KEY=VALUE, such as gpu_mem_limit=8589934592, got {option}.");
                return null;
            }

            if (!keys.Add(option.Split('=', 2)[0]))
            {
                result.AddError(
                    $"{((OptionResult)result.Parent!).Option.Name} was given twice for {option.Split('=', 2)[0]}; give each key once.");
                return null;
            }
        }

        return options;
    }
}
