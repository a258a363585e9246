using System.CommandLine;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora intrinsic rewrite</c>: a chat request becomes the one that the adapter was trained on.</summary>
internal sealed class IntrinsicRewriteCommand(Terminal terminal) : IntrinsicJsonCommand(
    "rewrite",
    "Read a chat request as JSON ({\"messages\": […], \"extra_body\": {\"documents\": […]}, …}) and print it as the "
    + "intrinsic sends it to the model.",
    "The chat request",
    new Option<string?>("--arguments") { Description = "A JSON file with values for the places of the instruction, {\"name\": value}." },
    terminal,
    "alora intrinsic rewrite citations/io.yaml < request.json > rewritten.json",
    "alora intrinsic rewrite requirement_check/io.yaml --arguments arguments.json < request.json")
{
    protected override JsonObject Apply(IntrinsicDefinition definition, JsonObject input, JsonObject? further) =>
        definition.Rewrite(input, further);
}
