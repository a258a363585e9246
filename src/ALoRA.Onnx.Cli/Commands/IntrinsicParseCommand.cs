using System.CommandLine;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.Intrinsics;
using ALoRA.Onnx.Cli.Invocation;
using ALoRA.Onnx.Cli.Terminals;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora intrinsic parse</c>: a model's chat completion becomes the intrinsic's result.</summary>
internal sealed class IntrinsicParseCommand : AloraCommand
{
    private readonly Argument<string> _definition = new("io-yaml") { Description = "The intrinsic's definition, an io.yaml." };
    private readonly Option<string?> _request = new("--request") { Description = "The rewritten request as JSON file, as `alora intrinsic rewrite` prints it. Needed where sentence numbers are decoded." };

    public IntrinsicParseCommand(Terminal terminal)
        : base(
            "parse",
            "Read a chat completion as JSON ({\"choices\": [{\"message\": …, \"logprobs\": …}]}) and print it with the intrinsic's result as content.",
            terminal,
            "alora intrinsic parse citations/io.yaml --request rewritten.json < completion.json",
            "alora intrinsic parse certainty/io.yaml < completion.json")
    {
        Add(_definition);
        Add(_request);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        IntrinsicDefinition definition = IntrinsicDefinition.Load(arguments.GetRequiredValue(_definition));
        JsonObject? request = arguments.GetValue(_request) is { } path ? await JsonInput.ReadFileAsync(path, cancellationToken) : null;
        JsonObject response = await JsonInput.ReadAsync(Terminal.Input, "The chat completion", cancellationToken);
        JsonInput.Print(Terminal, definition.Transform(response, request));
        return ExitCode.Done;
    }
}
