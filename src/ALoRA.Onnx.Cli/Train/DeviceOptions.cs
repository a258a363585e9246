using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Training;

namespace ALoRA.Onnx.Cli.Train;

/// <summary>The options of <c>alora train</c> that say what computes.</summary>
internal sealed class DeviceOptions
{
    private const string Float32 = "float32";
    private const string Tf32 = "tf32";
    private const string UseTf32 = "use_tf32";
    private const long Megabyte = 1_000_000;

    private readonly Option<string> _provider = new("--provider")
    {
        Description = "What computes: auto (the processor for models in float32, CUDA for those in 16 bits), cpu, cuda, or the name of "
            + "another execution provider of ONNX Runtime.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string?> _library = new("--provider-library")
    {
        Description = "Path of the provider's library, if it does not lie beside the program.",
    };

    private readonly Option<int> _device =
        new Option<int>("--device") { Description = "Which of several devices, counted from 0." }.AtLeast(0);

    private readonly Option<string[]> _options = ExecutionOptions.ProviderOptions(
        "--provider-option",
        "KEY=VALUE: an option of the provider by its own name, such as gpu_mem_limit, or enable_cuda_graph=0 to launch every kernel anew. "
        + "May be given several times.");

    private readonly Option<string> _precision = new Option<string>("--precision")
    {
        Description = "How a device multiplies float32 numbers: float32, or tf32, which is faster and rounds them "
            + "to 10 bits. Weights in 16 "
            + "bits are multiplied in their own type.",
        DefaultValueFactory = _ => Float32,
    }.AcceptOnlyFromAmong(Float32, Tf32);

    private readonly Option<int> _prefixes = new Option<int>("--device-prefixes")
    {
        Description = "Memory of a device for keys and values of prompts, in MB; what does not fit goes to --prefix-cache.",
        DefaultValueFactory = _ => (int)(new TrainingOptions().DevicePrefixBytes / Megabyte),
    }.AtLeast(0);

    public DeviceOptions(Command command)
    {
        foreach (Option option in new Option[] { _provider, _library, _device, _options, _precision, _prefixes })
        {
            command.Add(option);
        }
    }

    /// <summary>Adds what was given to a training's options.</summary>
    public TrainingOptions AddTo(TrainingOptions options, ParseResult arguments)
    {
        Dictionary<string, string> settings = ExecutionOptions.ReadProviderOptions(arguments, _options);
        if (arguments.GetValue(_precision) == Tf32)
        {
            settings[UseTf32] = "1";
        }

        return options with
        {
            DevicePrefixBytes = arguments.GetValue(_prefixes) * Megabyte,
            ExecutionProvider = ExecutionProvider.Named(arguments.GetRequiredValue(_provider)) with
            {
                LibraryPath = arguments.GetValue(_library),
                DeviceIndex = arguments.GetValue(_device),
                Options = settings,
            },
        };
    }
}
