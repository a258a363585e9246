namespace ALoRA.Onnx.Unicode;

/// <summary>Converts UTF-16 positions of a text to code point positions.</summary>
internal sealed class CodePointOffsets
{
    private readonly int[]? _codePoints;

    public CodePointOffsets(string text)
    {
        if (CodePoints.AreUnits(text))
        {
            return;
        }

        _codePoints = new int[text.Length + 1];
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            _codePoints[i] = count;
            count += CodePoints.LengthAt(text, i) == 2 ? 0 : 1;
        }

        _codePoints[text.Length] = count;
    }

    public int Of(int unit) => _codePoints is null ? unit : _codePoints[unit];
}
