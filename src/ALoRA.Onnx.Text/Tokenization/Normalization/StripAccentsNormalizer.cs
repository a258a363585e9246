using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>Drops combining marks; expects a decomposed text.</summary>
internal sealed class StripAccentsNormalizer : CodePointNormalizer
{
    protected override bool Keeps(int codePoint) => !FrozenCategories.IsMark(codePoint);
}
