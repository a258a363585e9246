using ALoRA.Onnx.Templating.Scoping;

namespace ALoRA.Onnx.Templating.Syntax.Nodes;

/// <summary>A parsed and bound template.</summary>
internal sealed record TemplateRoot(Statement[] Body, IReadOnlyDictionary<string, BlockStatement> Blocks)
{
    public ScopeLayout Scope { get; set; } = ScopeLayout.Empty;
}
