using System.Globalization;
using System.Text;
using System.Xml;

namespace ALoRA.Onnx.Shared;

/// <summary>Writes an SVG drawing on white: shapes and texts at positions in pixels.</summary>
internal sealed class SvgDrawing
{
    private readonly XmlWriter _writer;

    private SvgDrawing(XmlWriter writer) => _writer = writer;

    /// <summary>The text of a drawing.</summary>
    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    /// <param name="draw">Draws what is on it.</param>
    public static string Create(double width, double height, Action<SvgDrawing> draw)
    {
        StringBuilder text = new();
        using (XmlWriter writer = XmlWriter.Create(
            text, new XmlWriterSettings { Indent = true, OmitXmlDeclaration = true, NewLineChars = "\n" }))
        {
            SvgDrawing drawing = new(writer);
            writer.WriteStartElement("svg", "http://www.w3.org/2000/svg");
            drawing.Attributes(
                ("viewBox", $"0 0 {Number(width)} {Number(height)}"), ("width", Number(width)), ("height", Number(height)),
                ("font-family", "sans-serif"), ("font-size", "12"));
            drawing.Element("rect", ("width", "100%"), ("height", "100%"), ("fill", "white"));
            draw(drawing);
            writer.WriteEndElement();
        }

        return text.Append('\n').ToString();
    }

    /// <summary>A number as SVG writes it.</summary>
    public static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>A straight line.</summary>
    public void Line(double fromX, double fromY, double toX, double toY, string color, string dashes = "none") => Element(
        "line", ("x1", Number(fromX)), ("y1", Number(fromY)), ("x2", Number(toX)), ("y2", Number(toY)), ("stroke", color),
        ("stroke-dasharray", dashes));

    /// <summary>Straight lines from point to point.</summary>
    public void Lines(IEnumerable<(double X, double Y)> points, string color, string dashes = "none") => Element(
        "polyline", ("points", string.Join(' ', points.Select(point => $"{Number(point.X)},{Number(point.Y)}"))),
        ("fill", "none"), ("stroke", color), ("stroke-width", "2"), ("stroke-dasharray", dashes));

    /// <summary>A rectangle without filling.</summary>
    public void Frame(double x, double y, double width, double height) => Element(
        "rect", ("x", Number(x)), ("y", Number(y)), ("width", Number(width)), ("height", Number(height)), ("fill", "none"),
        ("stroke", "black"));

    /// <summary>A filled rectangle.</summary>
    public void Bar(double x, double y, double width, double height, string color, double opacity) => Element(
        "rect", ("x", Number(x)), ("y", Number(y)), ("width", Number(width)), ("height", Number(height)), ("fill", color),
        ("fill-opacity", Number(opacity)));

    /// <summary>A filled circle.</summary>
    public void Dot(double x, double y, string color) =>
        Element("circle", ("cx", Number(x)), ("cy", Number(y)), ("r", "3"), ("fill", color));

    /// <summary>
    /// A text, of which <paramref name="x"/> is the middle unless <paramref name="anchor"/> says
    /// <c>start</c> or <c>end</c>, and <paramref name="y"/> the line it stands on.
    /// </summary>
    public void Text(double x, double y, string text, string size = "12", string anchor = "middle", string color = "black")
    {
        _writer.WriteStartElement("text");
        Attributes(("x", Number(x)), ("y", Number(y)), ("text-anchor", anchor), ("font-size", size), ("fill", color));
        _writer.WriteString(text);
        _writer.WriteEndElement();
    }

    /// <summary>A text that reads from below upwards, with its middle at a point.</summary>
    public void TextUpwards(double x, double y, string text, string size = "12")
    {
        _writer.WriteStartElement("text");
        Attributes(
            ("transform", $"translate({Number(x)} {Number(y)}) rotate(-90)"), ("text-anchor", "middle"), ("font-size", size),
            ("fill", "black"));
        _writer.WriteString(text);
        _writer.WriteEndElement();
    }

    private void Element(string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        _writer.WriteStartElement(name);
        Attributes(attributes);
        _writer.WriteEndElement();
    }

    private void Attributes(params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        foreach ((string name, string value) in attributes)
        {
            _writer.WriteAttributeString(name, value);
        }
    }
}
