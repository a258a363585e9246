using System.CommandLine;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora intrinsic parse</c>: a model's chat completion becomes the intrinsic's result.</summary>
internal sealed class IntrinsicParseCommand(Terminal terminal) : IntrinsicJsonCommand(
    "parse",
    "Read a chat completion as JSON ({\"choices\": [{\"message\": …, \"logprobs\": …}]}) and print it with the "
    + "intrinsic's result as content.",
    "The chat completion",
    new Option<string?>("--request")
    {
        Description = "The rewritten request as JSON file, as `alora intrinsic rewrite` prints it. Needed where "
            + "sentence numbers are decoded.",
    },
    terminal,
    "alora intrinsic parse citations/io.yaml --request rewritten.json < completion.json",
    "alora intrinsic parse certainty/io.yaml < completion.json")
{
    protected override JsonObject Apply(IntrinsicDefinition definition, JsonObject input, JsonObject? further) =>
        definition.Transform(input, further);
}
