namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>The draft of JSON Schema that a schema is written in; later ones are greater.</summary>
internal enum Dialect
{
    Draft4 = 4,
    Draft6 = 6,
    Draft7 = 7,
    Draft2019 = 8,
    Draft2020 = 9,

    /// <summary>Not said: the newest draft, and forms of older ones are read as they were meant.</summary>
    Unstated = 10,
}
