namespace ALoRA.Onnx.Templating.Syntax.Nodes;

internal enum BinaryOperator
{
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}
