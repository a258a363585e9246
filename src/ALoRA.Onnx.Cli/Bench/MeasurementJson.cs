using System.Text.Json;
using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>One figure of a model as JSON. One that is no multiple of another has neither <c>baseline</c> nor <c>ratio</c>.</summary>
internal sealed record MeasurementJson(
    string Name,
    int Context,
    string Unit,
    double? Median,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Baseline,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MeasuredRatio? Ratio,
    IEnumerable<double?> Values)
{
    public static MeasurementJson Of(Measurement measurement, IReadOnlyList<Measurement> all)
    {
        bool isMultiple = measurement.BaselineWithin(all) is not null;
        return new MeasurementJson(
            measurement.Name,
            measurement.Context,
            measurement.Unit,
            measurement.Median,
            isMultiple ? measurement.Baseline : null,
            isMultiple ? new MeasuredRatio(measurement.RatioWithin(all)) : null,
            measurement.Values.Select(value => MeasuredNumber.OrNull(value)));
    }
}

/// <summary>A ratio that there is, though it may not have been measured: then it is null in JSON rather than left out.</summary>
[JsonConverter(typeof(MeasuredRatioConverter))]
internal sealed record MeasuredRatio(double? Value);

/// <summary>Writes a ratio as a number or null.</summary>
internal sealed class MeasuredRatioConverter : JsonConverter<MeasuredRatio>
{
    public override MeasuredRatio Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Ratios are only written.");

    public override void Write(Utf8JsonWriter writer, MeasuredRatio value, JsonSerializerOptions options)
    {
        if (value.Value is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
