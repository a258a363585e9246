namespace ALoRA.Onnx.Templating.Values;

internal enum DictViewKind
{
    Keys,
    Values,
    Items,
}
