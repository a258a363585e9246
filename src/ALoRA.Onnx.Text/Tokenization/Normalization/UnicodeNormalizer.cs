using System.Text;
using ALoRA.Onnx.Tokenization.Text;

namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>
/// NFC, NFD, NFKC and NFKD with places. Own code, because .NET normalizes without places, and by the platform's Unicode version.
/// </summary>
internal sealed class UnicodeNormalizer(UnicodeForm form) : Normalizer
{
    private readonly bool _compatibility = form is UnicodeForm.Nfkc or UnicodeForm.Nfkd;
    private readonly bool _compose = form is UnicodeForm.Nfc or UnicodeForm.Nfkc;

    // A letter with three marks has a composed form; a letter beyond the basic plane may be compatible with one of it.
    public override int MostDropped => 4;

    public override AlignedText Normalize(AlignedText text)
    {
        // Below U+0300 nothing has a combining class, and nothing changes under NFC.
        bool unchanged = form == UnicodeForm.Nfc
            ? text.Text.AsSpan().IndexOfAnyExceptInRange('\0', '\u02FF') < 0
            : Ascii.IsValid(text.Text);
        if (unchanged)
        {
            return text;
        }

        List<CodePointChange> changes = CanonicalDecomposition.Decompose(text, _compatibility);
        if (_compose)
        {
            changes = CanonicalComposition.Compose(changes);
        }

        return text.Rewrite(changes);
    }
}
