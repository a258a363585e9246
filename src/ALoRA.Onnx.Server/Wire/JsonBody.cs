using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ALoRA.Onnx.Server.Errors;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Wire;

/// <summary>Reads a request's body.</summary>
internal static class JsonBody
{
    /// <summary>Reads an object.</summary>
    /// <exception cref="ApiError">400: it is no JSON, or a field is of a wrong type.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.BodyReader, type, context.RequestAborted).ConfigureAwait(false)
                ?? throw ApiError.Invalid("The body is null. Send a JSON object.", code: "invalid_json");
        }
        catch (JsonException exception)
        {
            throw Refused(exception, type);
        }
    }

    /// <summary>Reads a part of a body that has several forms.</summary>
    /// <exception cref="ApiError">400: a field is of a wrong type.</exception>
    public static T Read<T>(JsonElement part, JsonTypeInfo<T> type, string place)
        where T : class
    {
        try
        {
            return part.Deserialize(type) ?? throw ApiError.Invalid($"'{place}' is null.", place, "invalid_type");
        }
        catch (JsonException exception)
        {
            throw Refused(exception, type, place);
        }
    }

    private static ApiError Refused(JsonException exception, JsonTypeInfo type, string place = "")
    {
        string? path = exception.Path is { } found && found.StartsWith('$') ? place + found[1..] : null;
        string field = path?.TrimStart('.') ?? "";

        // The reader's own errors are about the text, all others about what it says.
        if (exception.InnerException is JsonException malformed)
        {
            string reason = malformed.Message.Split(" LineNumber:")[0].TrimEnd();
            return ApiError.Invalid(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The body is no valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}: {reason}"),
                code: "invalid_json");
        }

        return exception.Message.Contains("Duplicate", StringComparison.OrdinalIgnoreCase)
            ? ApiError.Invalid("The body has a field twice: " + exception.Message.Split(" Path:")[0], Null(field), "invalid_json")
            : field.Length == 0
                ? ApiError.Invalid("The body should be a JSON object.", code: "invalid_json")
                : ApiError.Invalid(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"'{field}' should be {NameOf(TypeAt(type, exception.Path!))} (line {exception.LineNumber + 1}, byte "
                            + $"{exception.BytePositionInLine + 1})."),
                    field, "invalid_type");
    }

    private static string? Null(string text) => text.Length == 0 ? null : text;

    // The type of what a path such as $.messages[0].role leads to; null where that is not known.
    private static Type? TypeAt(JsonTypeInfo type, string path)
    {
        JsonTypeInfo? at = type;
        Type? found = type.Type;
        foreach (string step in path.Split(['.', '['], StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            found = step.EndsWith(']')
                ? at?.ElementType
                : at?.Properties.FirstOrDefault(property => property.Name == step)?.PropertyType;
            at = found is null ? null : type.Options.TryGetTypeInfo(found, out JsonTypeInfo? next) ? next : null;
        }

        return found;
    }

    private static string NameOf(Type? type) => (type is null ? null : Nullable.GetUnderlyingType(type) ?? type) switch
    {
        null => "of another type",
        { } one when one == typeof(string) => "a text",
        { } one when one == typeof(bool) => "true or false",
        { } one when one == typeof(int) || one == typeof(long) => "an integer that fits into its range",
        { } one when one == typeof(double) => "a number",
        { } one when one.IsArray || one == typeof(JsonArray) => "a list",
        _ => "an object",
    };
}
