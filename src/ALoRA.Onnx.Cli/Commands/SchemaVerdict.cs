namespace ALoRA.Onnx.Cli.Commands;

/// <summary>Whether an instance is accepted.</summary>
internal sealed record SchemaVerdict(bool Accepted);
