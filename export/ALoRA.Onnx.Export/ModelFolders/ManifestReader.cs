using System.Text.Json;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Export.ModelFolders;

/// <summary>Typed access to the members of a manifest; a member that is missing or of another kind is an error that names it.</summary>
internal sealed class ManifestReader(string path)
{
    public string String(JsonElement parent, string name) =>
        Member(parent, name, JsonValueKind.String, "a text").GetString()!;

    public JsonElement Object(JsonElement parent, string name) => Member(parent, name, JsonValueKind.Object, "an object");

    public JsonElement.ArrayEnumerator Array(JsonElement parent, string name) =>
        Member(parent, name, JsonValueKind.Array, "a list").EnumerateArray();

    public int Int32(JsonElement parent, string name)
    {
        JsonElement member = Member(parent, name, JsonValueKind.Number, "a whole number above 0");
        return member.TryInt(1, int.MaxValue, out int value)
            ? value
            : throw Error(name, "a whole number above 0", member.GetRawText());
    }

    public CheckpointFormatException Error(string name, string expected, string got, string next = "Export the checkpoint again") =>
        new($"{path}: '{name}': expected {expected}, got {got}. {next}.");

    private JsonElement Member(JsonElement parent, string name, JsonValueKind kind, string expected)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out JsonElement member))
        {
            throw Error(name, expected, "nothing");
        }

        return member.ValueKind == kind ? member : throw Error(name, expected, $"{member.ValueKind}");
    }
}
