using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Text.Tests.Templating;

/// <summary>The inputs that templates were rendered with by Transformers.</summary>
internal static class ReferenceInputs
{
    public static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(GoldenData.Path("text", "templates", file)))!;

    public static JsonObject Variables(JsonObject inputs, JsonNode expected)
    {
        JsonObject variables = inputs[(string)expected["input"]!]!.DeepClone().AsObject();
        JsonObject more = variables["kwargs"]!.AsObject();
        variables.Remove("kwargs");
        foreach ((string name, JsonNode? value) in more)
        {
            variables[name] = value?.DeepClone();
        }

        foreach (string token in (string[])["bos_token", "eos_token"])
        {
            if (expected[token] is JsonNode text)
            {
                variables[token] = text.DeepClone();
            }
        }

        return variables;
    }
}
