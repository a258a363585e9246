using System.CommandLine;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Inspect;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary>A command that turns the JSON object that is piped in into another one, as an intrinsic's definition says.</summary>
internal abstract class IntrinsicJsonCommand : AloraCommand
{
    private readonly Argument<string> _definition = new("io-yaml") { Description = "The intrinsic's definition, an io.yaml." };
    private readonly Option<string?> _further;
    private readonly string _input;

    /// <param name="name">What the command is called.</param>
    /// <param name="description">What it does.</param>
    /// <param name="input">What is piped in, for messages.</param>
    /// <param name="further">The option with a file of a second object.</param>
    /// <param name="terminal">Where to read and print.</param>
    /// <param name="examples">For the help.</param>
    protected IntrinsicJsonCommand(
        string name, string description, string input, Option<string?> further, Terminal terminal, params string[] examples)
        : base(name, description, terminal, examples)
    {
        _input = input;
        _further = further;
        Add(_definition);
        Add(_further);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        IntrinsicDefinition definition = IntrinsicDefinition.Load(arguments.GetRequiredValue(_definition));
        JsonObject? further = arguments.GetValue(_further) is { } path ? await JsonInput.ReadFileAsync(path, cancellationToken) : null;
        JsonObject input = await JsonInput.ReadAsync(Terminal.Input, _input, cancellationToken);
        JsonInput.Print(Terminal, Apply(definition, input, further));
        return ExitCode.Done;
    }

    protected abstract JsonObject Apply(IntrinsicDefinition definition, JsonObject input, JsonObject? further);
}
