using System.Globalization;
using System.Text;

namespace ALoRA.Onnx.Server.Metrics;

/// <summary>Writes metrics in Prometheus' text format, version 0.0.4. Series of one name are written one after another.</summary>
internal sealed class PrometheusText
{
    /// <summary>The format's media type.</summary>
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>Begins a metric.</summary>
    /// <param name="name">Its name; that of a counter ends in <c>_total</c>.</param>
    /// <param name="type"><c>gauge</c>, <c>counter</c> or <c>histogram</c>.</param>
    /// <param name="help">What it counts or measures.</param>
    public void Metric(string name, string type, string help) =>
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    /// <summary>Writes a value of the metric.</summary>
    public void Value(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{');
            for (int i = 0; i < labels.Length; i++)
            {
                _text.Append(i == 0 ? "" : ",").Append(labels[i].Name).Append("=\"").Append(Escape(labels[i].Value)).Append('"');
            }

            _text.Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>Writes a metric that has one value.</summary>
    public void Single(string name, string type, string help, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        Metric(name, type, help);
        Value(name, value, labels);
    }

    /// <summary>Writes a histogram.</summary>
    public void Histogram(string name, string help, Distribution distribution, (string Name, string Value) label)
    {
        Metric(name, "histogram", help);
        (long[] cumulative, double sum) = distribution.Read();
        for (int i = 0; i < cumulative.Length; i++)
        {
            string bound = i < distribution.Bounds.Count ? Number(distribution.Bounds[i]) : "+Inf";
            Value($"{name}_bucket", cumulative[i], label, ("le", bound));
        }

        Value($"{name}_sum", sum, label);
        Value($"{name}_count", cumulative[^1], label);
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}
