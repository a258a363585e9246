using System.CommandLine;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.Intrinsics;
using ALoRA.Onnx.Cli.Invocation;
using ALoRA.Onnx.Cli.Terminals;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora intrinsic rewrite</c>: a chat request becomes the one that the adapter was trained on.</summary>
internal sealed class IntrinsicRewriteCommand : AloraCommand
{
    private readonly Argument<string> _definition = new("io-yaml") { Description = "The intrinsic's definition, an io.yaml." };
    private readonly Option<string?> _arguments = new("--arguments") { Description = "A JSON file with values for the places of the instruction, {\"name\": value}." };

    public IntrinsicRewriteCommand(Terminal terminal)
        : base(
            "rewrite",
            "Read a chat request as JSON ({\"messages\": […], \"extra_body\": {\"documents\": […]}, …}) and print it as the intrinsic sends it to the model.",
            terminal,
            "alora intrinsic rewrite citations/io.yaml < request.json > rewritten.json",
            "alora intrinsic rewrite requirement_check/io.yaml --arguments arguments.json < request.json")
    {
        Add(_definition);
        Add(_arguments);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        IntrinsicDefinition definition = IntrinsicDefinition.Load(arguments.GetRequiredValue(_definition));
        JsonObject? values = arguments.GetValue(_arguments) is { } path ? await JsonInput.ReadFileAsync(path, cancellationToken) : null;
        JsonObject request = await JsonInput.ReadAsync(Terminal.Input, "The chat request", cancellationToken);
        JsonInput.Print(Terminal, definition.Rewrite(request, values));
        return ExitCode.Done;
    }
}
