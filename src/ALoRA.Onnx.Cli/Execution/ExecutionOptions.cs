using System.CommandLine;
using ALoRA.Onnx.Cli.Commands;

namespace ALoRA.Onnx.Cli.Execution;

/// <summary>The options of commands that compute with a model: on what, and with how many threads.</summary>
internal sealed class ExecutionOptions
{
    private readonly Option<string> _provider = new("--provider")
    {
        Description = "What computes: auto, cpu, cuda, or the name of another execution provider of ONNX Runtime.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string?> _library = new("--provider-library") { Description = "Path of the provider's library, if it does not lie beside the program." };
    private readonly Option<int> _device = new("--device") { Description = "Which of several devices, counted from 0." };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads that compute. Default: the physical cores." };

    public ExecutionOptions(Command command)
    {
        command.Add(_provider);
        command.Add(_library);
        command.Add(_device.AtLeast(0));
        command.Add(_threads);
    }

    public AloraModelOptions Read(ParseResult arguments) => new()
    {
        IntraOpThreads = arguments.GetValue(_threads),
        ExecutionProvider = ExecutionProvider.Named(arguments.GetRequiredValue(_provider)) with
        {
            LibraryPath = arguments.GetValue(_library),
            DeviceIndex = arguments.GetValue(_device),
        },
    };
}
