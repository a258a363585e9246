using System.Globalization;
using System.Text;
using System.Xml;

namespace ALoRA.Onnx.Cli.Evaluation;

/// <summary>Draws accuracy over certainty for ten bins as SVG: bars of a calibrated adapter end at the diagonal. Several adapters stand next to each other.</summary>
internal static class ReliabilityDiagram
{
    private const int Side = 300;
    private const int Margin = 50;
    private const int Panel = Side + (2 * Margin);

    /// <summary>The drawing.</summary>
    /// <param name="panels">A title and figures for each adapter.</param>
    public static string Draw(IReadOnlyList<(string Title, CalibrationMetrics Metrics)> panels)
    {
        StringBuilder text = new();
        using (XmlWriter writer = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, OmitXmlDeclaration = true, NewLineChars = "\n" }))
        {
            writer.WriteStartElement("svg", "http://www.w3.org/2000/svg");
            string width = Number(panels.Count * Panel);
            Attributes(writer, ("viewBox", $"0 0 {width} {Panel}"), ("width", width), ("height", Number(Panel)), ("font-family", "sans-serif"), ("font-size", "12"));
            Element(writer, "rect", ("width", "100%"), ("height", "100%"), ("fill", "white"));
            for (int i = 0; i < panels.Count; i++)
            {
                DrawPanel(writer, (i * Panel) + Margin, panels[i].Title, panels[i].Metrics);
            }

            writer.WriteEndElement();
        }

        return text.Append('\n').ToString();
    }

    private static void DrawPanel(XmlWriter writer, int left, string title, CalibrationMetrics metrics)
    {
        const int Bottom = Margin + Side;
        double width = Side / (double)metrics.Diagram.Count;
        int largest = Math.Max(1, metrics.Diagram.Max(bin => bin.Count));
        Text(writer, left + (Side / 2), Margin - 22, title, "14");
        string figures = string.Create(CultureInfo.InvariantCulture, $"ECE {metrics.CalibrationError:0.000}, AUROC {metrics.AreaUnderCurve:0.000}, Brier {metrics.Brier:0.000}");
        Text(writer, left + (Side / 2), Margin - 6, figures);
        for (int i = 0; i < metrics.Diagram.Count; i++)
        {
            CalibrationBin bin = metrics.Diagram[i];
            double height = bin.Accuracy * Side;

            // The fuller a bin, the darker its bar.
            Element(
                writer, "rect", ("x", Number(left + (i * width) + 1)), ("y", Number(Bottom - height)), ("width", Number(width - 2)), ("height", Number(height)),
                ("fill", "#2b6cb0"), ("fill-opacity", Number(0.25 + (0.75 * bin.Count / largest))));
            if (bin.Count > 0)
            {
                Element(writer, "circle", ("cx", Number(left + (bin.Certainty * Side))), ("cy", Number(Bottom - height)), ("r", "3"), ("fill", "#c53030"));
                Text(writer, left + ((i + 0.5) * width), Bottom - 4, Number(bin.Count), "9");
            }
        }

        Element(writer, "rect", ("x", Number(left)), ("y", Number(Margin)), ("width", Number(Side)), ("height", Number(Side)), ("fill", "none"), ("stroke", "black"));
        Element(writer, "line", ("x1", Number(left)), ("y1", Number(Bottom)), ("x2", Number(left + Side)), ("y2", Number(Margin)), ("stroke", "gray"), ("stroke-dasharray", "4"));
        for (double tick = 0; tick <= 1; tick += 0.25)
        {
            Text(writer, left + (tick * Side), Bottom + 16, Number(tick));
            Text(writer, left - 18, Bottom - (tick * Side) + 4, Number(tick));
        }

        Text(writer, left + (Side / 2), Bottom + 34, "certainty (bars: accuracy, numbers: answers)");
    }

    private static void Text(XmlWriter writer, double x, double y, string text, string size = "12")
    {
        writer.WriteStartElement("text");
        Attributes(writer, ("x", Number(x)), ("y", Number(y)), ("text-anchor", "middle"), ("font-size", size));
        writer.WriteString(text);
        writer.WriteEndElement();
    }

    private static void Element(XmlWriter writer, string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        writer.WriteStartElement(name);
        Attributes(writer, attributes);
        writer.WriteEndElement();
    }

    private static void Attributes(XmlWriter writer, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        foreach ((string name, string value) in attributes)
        {
            writer.WriteAttributeString(name, value);
        }
    }

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
