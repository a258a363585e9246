using System.Text.Json;

namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>
/// A table of costs as a file: <c>{"version": 1, "base_rows": [{"count": 1, "milliseconds": 20.5}, …], "adapted_rows": […],
/// "chunks": […]}</c>. Further keys say nothing.
/// </summary>
internal static class StepCostsFile
{
    private const int Version = 1;
    private const int MostBytes = 1 << 20;
    private const string Next = "Write the file again with `alora bench MODEL --batch 1,2,4,8,16 --costs FILE`.";

    public static StepCosts Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > MostBytes)
        {
            throw Wrong(path, $"it has {stream.Length:N0} bytes, and a table of costs has at most {MostBytes:N0}");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(stream);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("version", out JsonElement version)
                || !version.TryGetDouble(out double number)
                || number != Version)
            {
                throw Wrong(path, $"it is no object with \"version\": {Version}");
            }

            return new StepCosts(
                ReadCurve(path, root, "base_rows"), ReadCurve(path, root, "adapted_rows"), ReadCurve(path, root, "chunks"));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new ModelFormatException($"{path} is no JSON: {exception.Message} {Next}", exception);
        }
    }

    public static void Write(string path, StepCosts costs)
    {
        string partial = path + ".partial";
        try
        {
            using (FileStream stream = File.Create(partial))
            using (Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            {
                writer.WriteStartObject();
                writer.WriteNumber("version", Version);
                WriteCurve(writer, "base_rows", costs.BaseRows);
                WriteCurve(writer, "adapted_rows", costs.AdaptedRows);
                WriteCurve(writer, "chunks", costs.Chunks);
                writer.WriteEndObject();
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static CostCurve ReadCurve(string path, JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(path, $"\"{name}\" is no list of counts and milliseconds");
        }

        List<StepCost> points = [];
        foreach (JsonElement point in list.EnumerateArray())
        {
            if (point.ValueKind != JsonValueKind.Object
                || !TryNumber(point, "count", out double count)
                || !TryNumber(point, "milliseconds", out double milliseconds)
                || count != Math.Floor(count)
                || count is < 1 or > int.MaxValue)
            {
                throw Wrong(
                    path, $"\"{name}\"[{points.Count}] has no whole \"count\" from 1 and no number of \"milliseconds\"");
            }

            points.Add(new StepCost((int)count, milliseconds));
        }

        try
        {
            return new CostCurve(points);
        }
        catch (ArgumentException exception)
        {
            throw new ModelFormatException($"{path}, \"{name}\": {exception.Message}", exception);
        }
    }

    private static bool TryNumber(JsonElement point, string name, out double value)
    {
        value = 0;
        return point.TryGetProperty(name, out JsonElement number) && number.ValueKind == JsonValueKind.Number
            && number.TryGetDouble(out value);
    }

    private static void WriteCurve(Utf8JsonWriter writer, string name, CostCurve curve)
    {
        writer.WriteStartArray(name);
        foreach (StepCost point in curve.Points)
        {
            writer.WriteStartObject();
            writer.WriteNumber("count", point.Count);
            writer.WriteNumber("milliseconds", point.Milliseconds);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static ModelFormatException Wrong(string path, string what) => new($"{path} is no table of costs: {what}. {Next}");
}
