namespace ALoRA.Onnx.Tokenization.PreTokenization;

/// <summary>A stage that cuts normalized text into the pieces the model works on. Thread-safe.</summary>
internal abstract class PreTokenizer
{
    public abstract void Apply(PreTokenizedText text);
}
