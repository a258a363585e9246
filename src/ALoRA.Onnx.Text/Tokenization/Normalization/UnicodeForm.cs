namespace ALoRA.Onnx.Tokenization.Normalization;

/// <summary>Unicode's normalization forms.</summary>
internal enum UnicodeForm
{
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}
