namespace ALoRA.Onnx.Tokenization.PreTokenization;

/// <summary>Which pieces get a meta character in front.</summary>
internal enum PrependScheme
{
    /// <summary>None.</summary>
    Never,

    /// <summary>The one the text starts with.</summary>
    First,

    /// <summary>Every one that follows an added token, too.</summary>
    Always,
}
