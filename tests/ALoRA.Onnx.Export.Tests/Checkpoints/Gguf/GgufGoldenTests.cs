using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

[TestClass]
public sealed class GgufGoldenTests
{
    [TestMethod]
    public void Open_EveryFileOfTheIndex_IsAcceptedOrRefusedAsTheIndexSays()
    {
        string folder = GoldenData.Path("gguf");
        JsonArray files = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "index.json")))!["files"]!.AsArray();
        List<string> failures = [];
        foreach (JsonNode? entry in files)
        {
            string path = Path.Combine(folder, (string)entry!["file"]!);
            string? failure = (bool)entry["valid"]! ? CheckValid(path, entry["expect"]!.AsObject()) : CheckRefused(path);
            if (failure is not null)
            {
                failures.Add($"{Path.GetFileName(path)}: {failure}");
            }
        }

        Assert.IsNotEmpty(files);
        Assert.IsEmpty(failures, string.Join(Environment.NewLine, failures));
    }

    private static string? CheckRefused(string path)
    {
        try
        {
            GgufFile.Open(path).Dispose();
            return "accepted";
        }
        catch (CheckpointFormatException exception)
        {
            return exception.Message.Contains(path, StringComparison.Ordinal) ? null : "the message does not name the file: "
                + $"{exception.Message}";
        }
    }

    private static string? CheckValid(string path, JsonObject expected)
    {
        using GgufFile file = GgufFile.Open(path);
        JsonObject tensors = expected["tensors"]!.AsObject();
        if (file.Version != (int)expected["version"]! || file.Tensors.Count != tensors.Count)
        {
            return "another version or number of tensors";
        }

        foreach ((string name, JsonNode? want) in tensors)
        {
            CheckpointTensor tensor = file.Tensors[name];
            long[] shape = [.. want!["shape"]!.AsArray().Select(size => (long)size!)];
            if (tensor.Encoding.FormatName() != (string)want["type"]!
                || !tensor.Shape.SequenceEqual(shape)
                || TensorBytes.Hash(TensorBytes.Read(tensor)) != (string)want["sha256"]!)
            {
                return $"{name} differs";
            }
        }

        JsonObject metadata = expected["metadata"]!.AsObject();
        JsonObject actual = new(file.Metadata.Select(entry => KeyValuePair.Create(entry.Key, Json(entry.Value))));
        return actual.Count != metadata.Count
            ? $"{actual.Count} metadata entries"
            : metadata.Where(entry => !Same(entry.Value!, actual[entry.Key]!))
                .Select(entry => $"{entry.Key} is {actual[entry.Key]}")
                .FirstOrDefault();
    }

    // Through text, so that numbers of all widths compare as JSON has them.
    private static JsonNode? Json(object value) => JsonNode.Parse(value switch
    {
        Array array => new JsonArray([.. array.Cast<object>().Select(Json)]).ToJsonString(),
        float number => Json((double)number)!.ToJsonString(),
        double number when !double.IsFinite(number) => JsonSerializer.Serialize(number.ToString(CultureInfo.InvariantCulture)),
        _ => JsonSerializer.Serialize(value),
    });

    private static bool Same(JsonNode expected, JsonNode actual) => expected switch
    {
        JsonObject summary when actual is JsonArray array =>
            (int)summary["length"]! == array.Count
            && summary["first"]!.AsArray().Zip(array, (left, right) => Same(left!, right!)).All(same => same)
            && Same(summary["last"]!, array[^1]!),
        JsonArray list =>
            actual is JsonArray other
                && list.Count == other.Count
                && list.Zip(other, (left, right) => Same(left!, right!)).All(same => same),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number
            && !long.TryParse(value.ToJsonString(), out _)
            && !ulong.TryParse(value.ToJsonString(), out _) =>
            (double)value == (double)actual,
        _ => JsonNode.DeepEquals(expected, actual),
    };
}
