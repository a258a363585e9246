using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>JSON as models were trained to read and write it: with Python's separators, letters as they are.</summary>
internal static class PythonJson
{
    // The filter that chat templates use themselves.
    private static readonly ChatTemplate Template = ChatTemplate.Parse("{{ value | tojson }}", nameof(PythonJson));

    public static string Write(JsonNode? value) => Template.Render(new JsonObject { ["value"] = value?.DeepClone() });
}
