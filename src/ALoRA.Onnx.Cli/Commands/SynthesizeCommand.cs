using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Export;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora synthesize</c>: a checkpoint of random weights, to measure sizes and times without the real one.</summary>
internal sealed class SynthesizeCommand : AloraCommand
{
    private readonly Argument<string> _config = new("config") { Description = "A config.json of a supported architecture." };
    private readonly Option<string> _output = CommonOptions.Output("The folder to make.");
    private readonly Option<string> _dtype = new("--dtype")
    {
        Description = "How weights are stored.",
        DefaultValueFactory = _ => "bfloat16",
    };
    private readonly Option<int> _shards = new("--shards") { Description = "Number of safetensors files.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _seed = new("--seed")
    {
        Description = "The same seed gives the same weights.",
        DefaultValueFactory = _ => 0,
    };

    public SynthesizeCommand(Terminal terminal)
        : base(
            "synthesize",
            "Write a checkpoint of random weights with the exact shapes that a config.json asks for.",
            terminal,
            "alora synthesize config.json -o made-up --dtype bfloat16 --shards 3")
    {
        Add(_config);
        Add(_output);
        Add(_dtype.OneOf("float32", "float16", "bfloat16"));
        Add(_shards.AtLeast(1));
        Add(_seed);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string folder = arguments.GetRequiredValue(_output);
        MadeUpCheckpoint checkpoint = new(
            arguments.GetRequiredValue(_config), EncodingOf(arguments.GetRequiredValue(_dtype)), arguments.GetValue(_shards),
            arguments.GetValue(_seed));
        await ProgressDisplay.RunAsync(Terminal, progress => Task.Run(
            () =>
            {
                checkpoint.Write(folder, progress, cancellationToken);
                return true;
            },
            cancellationToken));
        Terminal.Output.WriteLine($"{folder}: {checkpoint.ParameterCount:N0} parameters, {ByteSize.Format(checkpoint.ByteLength)}");
        return ExitCode.Done;
    }

    private static TensorEncoding EncodingOf(string dtype) => dtype switch
    {
        "float32" => TensorEncoding.F32,
        "float16" => TensorEncoding.F16,
        _ => TensorEncoding.BF16,
    };
}
