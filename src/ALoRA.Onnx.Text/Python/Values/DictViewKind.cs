namespace ALoRA.Onnx.Python.Values;

internal enum DictViewKind
{
    Keys,
    Values,
    Items,
}
