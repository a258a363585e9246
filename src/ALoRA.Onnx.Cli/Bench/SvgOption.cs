using System.CommandLine;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>An option that takes the path of an SVG file to write.</summary>
internal sealed class SvgOption : FileOption
{
    public SvgOption(string name, string description)
        : base(name, description) => EndsWith(".svg");

    /// <summary>Writes the drawing where the option says, if it was given: whole or not at all.</summary>
    public Task WriteAsync(ParseResult arguments, Func<string> draw, CancellationToken cancellationToken) =>
        arguments.GetValue(this) is { } path ? WriteAsync(path, draw(), cancellationToken) : Task.CompletedTask;
}
