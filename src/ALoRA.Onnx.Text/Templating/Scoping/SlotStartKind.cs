namespace ALoRA.Onnx.Templating.Scoping;

internal enum SlotStartKind
{
    /// <summary>Nothing: the scope assigns it before anything outside could have.</summary>
    Missing,

    /// <summary>A parameter, stored by whoever enters the scope.</summary>
    Parameter,

    /// <summary>The template's variable or global of this name.</summary>
    Resolve,

    /// <summary>The present value of an outer scope's variable.</summary>
    Copy,
}
