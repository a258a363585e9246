namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>Kinds of tokens by the numbers of <c>tokenizer.ggml.token_type</c>.</summary>
internal enum GgufTokenType
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}
