using ALoRA.Onnx.Templating.Syntax.Nodes;

namespace ALoRA.Onnx.Templating.Scoping;

/// <summary>Looks for scoped blocks, which see the <c>loop</c> of the loop around them although they are no part of its scope.</summary>
internal static class ScopedBlocks
{
    public static bool Any(Statement[] body) => Array.Exists(body, statement => statement switch
    {
        BlockStatement block => block.Scoped || Any(block.Body),
        IfStatement branches => Array.Exists(branches.Branches, branch => Any(branch.Body)) || Any(branches.Else),
        ForStatement loop => Any(loop.Body) || Any(loop.Else),
        SetBlockStatement set => Any(set.Body),
        WithStatement with => Any(with.Body),
        MacroStatement macro => Any(macro.Macro.Body),
        CallBlockStatement call => Any(call.Caller.Body),
        FilterBlockStatement filter => Any(filter.Body),
        AutoescapeStatement autoescape => Any(autoescape.Body),
        _ => false,
    });
}
