using System.Text.Json;
using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Patterns;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>The values of <c>format</c> that are enforced, as patterns whose every match is valid.</summary>
internal static class Formats
{
    // The 29th of February is left out: whether it exists depends on the year.
    private const string Date =
        @"(000[1-9]|00[1-9]\d|0[1-9]\d\d|[1-9]\d{3})-"
        + @"((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))";
    private const string Clock = @"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,7})?";
    private const string Zone = @"(Z|[+-](0\d|1[0-3]):[0-5]\d)";
    private const string Octet = @"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)";

    /// <summary>The pattern of a format.</summary>
    /// <exception cref="JsonSchemaException">The format is not one of those that are enforced.</exception>
    public static PatternNode PatternOf(SchemaLocation value)
    {
        string? name = value.Element.ValueKind == JsonValueKind.String ? value.Element.GetString() : null;
        string pattern = name switch
        {
            "date" => Date,
            "time" => Clock + Zone,
            "date-time" => $"{Date}T{Clock}{Zone}",
            "uuid" => "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
            "ipv4" => $@"{Octet}(\.{Octet}){{3}}",
            _ => throw value.Error(
                $"the format {SchemaText.Kind(value.Element)} can't be enforced; date, time, date-time, uuid and ipv4 can. "
                + "Remove it, or give a pattern."),
        };
        return PatternReader.Read($"^(?:{pattern})$", value);
    }
}
