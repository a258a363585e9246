using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>A usual length at which nothing was measured.</summary>
/// <param name="Option">The option that asks for it.</param>
/// <param name="Tokens">The length.</param>
/// <param name="Time">
/// The least time that a single figure would have taken; zero if the length does not fit into the model's context.
/// </param>
internal sealed record LeftOutLength(string Option, int Tokens, [property: JsonIgnore] TimeSpan Time)
{
    /// <summary>Whether the length fits, so that it can be asked for.</summary>
    public bool Fits => Time > TimeSpan.Zero;
}
